"""A storm of questions that nobody asked before, as a separate process: python storm.py PORT CLIENTS SECONDS SEED

Each client keeps a connection and asks one panel after the other, each time for another choice. Prints one line of JSON:
how often each status came, how many 503 had no Retry-After, the longest wait, and how many connections were lost.
"""

import json
import os
import random
import select
import sys
import time

from wire import READ_BYTES, connect, read_answer, request

PANELS = ("kpis", "timeseries", "devices", "campaigns", "cities", "pages", "heatmap", "funnel", "visitors", "events")
PAUSE_SECONDS = 0.05
DRAIN_SECONDS = 15


class Asker:
    def __init__(self, port, chance):
        self.port, self.chance = port, chance
        self.connection = None
        self.raw = b""
        self.not_before = 0.0
        self.began = None

    def ask(self):
        if self.connection is None:
            self.connection = connect(("127.0.0.1", self.port))
            self.raw = b""
        panel = self.chance.choice(PANELS)
        target = f"/api/{panel}?range=all&device=d{self.chance.randrange(1 << 48):x}&device=mobile"
        self.began = time.monotonic()
        self.connection.sendall(request(target))

    def take(self, totals):
        """Reads; counts the answer once it is whole."""
        data = self.connection.recv(READ_BYTES)
        self.raw += data
        found = read_answer(self.raw, "GET")
        if found is None and data:
            return
        now = time.monotonic()
        totals["longest_ms"] = max(totals["longest_ms"], (now - self.began) * 1000)
        self.began, self.raw, self.not_before = None, b"", now + PAUSE_SECONDS
        if found is None:
            self.lose(totals)
        else:
            self.count(found[0], totals)

    def count(self, answer, totals):
        totals["statuses"][str(answer.status)] = totals["statuses"].get(str(answer.status), 0) + 1
        totals["without_retry_after"] += answer.status == 503 and not answer.header("Retry-After").isdigit()
        if answer.header("Connection").lower() == "close":
            self.drop()

    def lose(self, totals):
        totals["lost"] += 1
        self.began = None
        self.drop()

    def drop(self):
        self.connection.close()
        self.connection = None


def blow(askers, seconds, totals):
    """Asks for `seconds`, then waits for the answers that are still to come."""
    end = time.monotonic() + seconds
    while (now := time.monotonic()) < end + DRAIN_SECONDS:
        for asker in askers:
            if asker.began is None and now < end and now >= asker.not_before:
                guarded(asker.ask, asker, totals)
        waiting = {asker.connection: asker for asker in askers if asker.began is not None}
        if not waiting and now >= end:
            return
        for connection in select.select(list(waiting), [], [], 0.02)[0]:
            guarded(lambda asker=waiting[connection]: asker.take(totals), waiting[connection], totals)
    totals["unanswered"] = sum(asker.began is not None for asker in askers)


def guarded(action, asker, totals):
    try:
        action()
    except OSError:
        if asker.connection is not None:
            asker.lose(totals)


def main():
    port, clients, seconds, seed = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])
    os.nice(10)
    chance = random.Random(seed)
    totals = {"statuses": {}, "without_retry_after": 0, "longest_ms": 0.0, "lost": 0, "unanswered": 0}
    blow([Asker(port, chance) for _ in range(clients)], seconds, totals)
    print(json.dumps(totals))


if __name__ == "__main__":
    main()
