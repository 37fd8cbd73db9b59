"""A crowd of bad clients, as a separate process: python crowd.py KIND PORT COUNT TARGET

slow_head    a head that gets one byte a second
slow_reader  asks for something big again and again, without gzip, and reads next to nothing
idle         every second one asks once and then says nothing more; the others never say anything
hasty        goes and comes back each second

Prints "ready" once all have connected, or as many as could in COME_SECONDS_MAX. A client that was sent away comes back; all together at most
COMEBACKS_PER_SECOND, so that the crowd measures the listener and not the machine's speed at connecting.
Ends with SIGTERM, or after LIFE_SECONDS_MAX.
"""

import os
import resource
import socket
import sys
import time

from wire import request

LIFE_SECONDS_MAX = 300
COME_SECONDS_MAX = 30
COMEBACKS_PER_SECOND = 200
SPARE_DESCRIPTORS = 64
READ_BYTES = 16


class Member:
    """One bad client. Nothing it does waits."""

    def __init__(self, kind, port, target, number):
        self.kind, self.port, self.target, self.number = kind, port, target, number
        self.connection = None

    def come(self):
        self.connection = socket.socket()
        if self.kind == "slow_reader":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        self.connection.settimeout(1)
        try:
            self.connection.connect(("127.0.0.1", self.port))
            self.connection.setblocking(False)
            self.connection.send(self.first_bytes())
        except OSError:
            self.leave()

    def first_bytes(self):
        if self.kind == "slow_head":
            return request(self.target)[:-2] + b"X: "
        if self.kind == "slow_reader":
            return request(self.target) * 20
        return request("/healthz") if self.number % 2 else b""

    def act(self):
        """Its deed of this second; it notices here that it was sent away."""
        try:
            if self.kind == "slow_head":
                self.connection.send(b"a")
            elif self.kind == "hasty":
                self.leave()
                self.come()
            elif not self.connection.recv(4096 if self.kind == "idle" else READ_BYTES):
                self.leave()
        except BlockingIOError:
            pass
        except OSError:
            self.leave()

    def leave(self):
        self.connection.close()
        self.connection = None


def allow_descriptors(count):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, count + SPARE_DESCRIPTORS), most))


def live(members):
    deadline = time.monotonic() + LIFE_SECONDS_MAX
    while (began := time.monotonic()) < deadline:
        comebacks = COMEBACKS_PER_SECOND
        for member in members:
            if member.connection is not None:
                member.act()
            elif comebacks > 0:
                comebacks -= 1
                member.come()
        time.sleep(max(0.0, began + 1 - time.monotonic()))


def main():
    kind, port, count, target = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    os.nice(10)  # A viewer whose waits are measured would not share a machine with this crowd.
    allow_descriptors(count)
    members = [Member(kind, port, target, number) for number in range(count)]
    deadline = time.monotonic() + COME_SECONDS_MAX
    for member in members:
        if time.monotonic() < deadline:
            member.come()
    print("ready", sum(member.connection is not None for member in members), flush=True)
    live(members)


if __name__ == "__main__":
    main()
