"""Slow connections, watched side by side in threads while other tests go on, as each takes seconds: when does the listener
end it?"""

import contextlib
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import listeners
from extent import by_extent
from wire import Exchange, connect, receive, request

WATCH_SECONDS = 18.0
KEPT_WATCH_SECONDS = by_extent(WATCH_SECONDS, 85.0)
TOKEN = "0123456789abcdef0123456789abcdef"
FORM = ("Content-Type", "application/x-www-form-urlencoded")


def watch_end(connection, next_byte=None, seconds=WATCH_SECONDS):
    """Seconds until the listener ends the connection, `seconds` if it does not. `next_byte` is sent each second."""
    began = sent = time.monotonic()
    connection.settimeout(0.05)
    found = Exchange()
    while not found.is_closed and time.monotonic() < began + seconds:
        try:
            found.is_closed = not connection.recv(4096)
        except TimeoutError:
            pass
        except OSError:
            break
        if next_byte and time.monotonic() >= sent + 1:
            sent = time.monotonic()
            connection.send(next_byte)
    return time.monotonic() - began


def after_an_answer(address):
    connection = connect(address)
    connection.sendall(request())
    receive(connection, Exchange())
    return connection


def dribbled_head(address):
    with connect(address) as connection:
        connection.send(request()[:-2] + b"X: ")
        return watch_end(connection, b"a")


def first_byte_alone(address):
    with connect(address) as connection:
        connection.send(b"G")
        return watch_end(connection)


def dribbled_second_head(address):
    with after_an_answer(address) as connection:
        connection.send(request()[:-2] + b"X: ")
        return watch_end(connection, b"a")


def dribbled_empty_lines(address):
    with connect(address) as connection:
        connection.send(b"\r\n")
        return watch_end(connection, b"\r\n")


def nothing_sent(address):
    with connect(address) as connection:
        return watch_end(connection)


def idle_after_an_answer(address):
    with after_an_answer(address) as connection:
        return watch_end(connection, seconds=KEPT_WATCH_SECONDS)


def head_in_three_seconds(address):
    """Slow, and within the limit: the status of the answer."""
    with connect(address) as connection:
        payload = request()
        for at in range(4):
            connection.send(payload[at * 10 : (at + 1) * 10 if at < 3 else None])
            time.sleep(1)
        connection.settimeout(3)
        return connection.recv(4096)[:15].decode()


def dribbled_login(address):
    head = request("/login", "POST", headers=[FORM, ("Content-Length", 1000)])
    with connect(address) as connection:
        connection.send(head)
        return watch_end(connection, b"a")


def stalled_reader(address, target="/healthz", watch_seconds=WATCH_SECONDS):
    """It never reads. The end is not seen from here, as it stands behind unread answers: the kernel's table tells."""
    with connect(address, receive_bytes=2048) as connection:
        ends = connection.getpeername()[1], connection.getsockname()[1]
        began = time.monotonic()
        flood(connection, request(target))
        while is_held(*ends) and time.monotonic() < began + watch_seconds:
            time.sleep(0.1)
        return time.monotonic() - began


def flood(connection, payload):
    """Requests until the listener takes no more, at most 30,000."""
    connection.settimeout(0.5)
    with contextlib.suppress(OSError):
        for _ in range(300):
            connection.sendall(payload * 100)


def is_held(there, here):
    """Does a process still own the end at port `there`? One that was closed has inode 0, or no line any more."""
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ports = f":{there:04X}", f":{here:04X}"
    return any(row[1].endswith(ports[0]) and row[2].endswith(ports[1]) and row[9] != "0" for row in rows)


SLOW = [dribbled_head, first_byte_alone, dribbled_second_head, dribbled_empty_lines, nothing_sent]
SLOW += [idle_after_an_answer, head_in_three_seconds, stalled_reader]


class Watches:
    """Begins at once; `watches["page", dribbled_head]` waits for what was seen."""

    def __init__(self, folder):
        page = listeners.start_page(folder, env={"RCML_DASHBOARD_TOKEN": TOKEN})
        self.listeners = [page, listeners.start_metrics(folder)]
        targets = [(slow, listener) for slow in SLOW for listener in self.listeners] + [(dribbled_login, page)]
        self.pool = ThreadPoolExecutor(len(targets))
        self.seen = {(listener.name, slow): self.pool.submit(slow, listener.address) for slow, listener in targets}

    def __getitem__(self, key):
        return self.seen[key].result()

    def stop(self):
        for listener in self.listeners:
            listener.stop()
        self.pool.shutdown()
