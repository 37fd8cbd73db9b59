#!/usr/bin/env python3
"""Many workers on one table, and how soon an event is visible; on a private broker and a lake on this disk.

    bench/kafka_workers.py [audit] [conflicts] [freshness]     all three without a name; RCML and EVENTS from outside

audit      EVENTS (5 M) over 8 partitions, three workers of one group, then the audit's own words
conflicts  eight workers, one partition each, 40 k events a second, a commit a second each: how much of their time went
           into commits that another worker came before
freshness  50 k events a second for 30 s, flush age 1 s: event_ts to the moment the commit stands in the log
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time

REPO = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "tools")]

import services  # noqa: E402

RCML = os.environ.get("RCML", str(REPO / "build/rcml"))
EVENTS = int(os.environ.get("EVENTS", "5000000"))


def run(*arguments):
    return subprocess.run([RCML, *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def topic(kafka, name):
    return f"kafka://{kafka.bootstrap}/{name}"


def fill(kafka, name, events):
    start = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=9)).strftime("%Y-%m-%d")
    run("generate", "--events", events, "--seed", 1, "--start", start, "--days", 7, "--out", topic(kafka, name))


def drain(kafka, name, lake, workers, *more):
    """Workers of one group until all is committed; what they logged."""
    command = [RCML, "stream", "--from", topic(kafka, name), "--lake", str(lake), "--drain", *more]
    running = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    logs = [worker.communicate()[1] for worker in running]
    if any(worker.returncode for worker in running):
        sys.exit("a worker failed:\n" + "\n".join(log[-2000:] for log in logs))
    return logs


def make_topic(kafka, name, partitions):
    kafka.topic_tool("--create", "--topic", name, "--partitions", str(partitions))


def audit(kafka, folder):
    make_topic(kafka, "audited", 8)
    fill(kafka, "audited", EVENTS)
    began = time.monotonic()
    drain(kafka, "audited", folder / "audited", 3)
    print(f"{EVENTS} events, 8 partitions, 3 workers: {time.monotonic() - began:.1f} s")
    print(run("audit", "--from", topic(kafka, "audited"), "--lake", folder / "audited"))


def conflicts(kafka, folder):
    """Live, each worker committing once a second, as when an event is to be seen soon."""
    workers, rate, seconds = 8, 40_000, 30
    make_topic(kafka, "contested", workers)
    lake = folder / "contested"
    command = [RCML, "stream", "--from", topic(kafka, "contested"), "--lake", str(lake), "--flush-age-ms-max", "1s"]
    logs = [folder / f"worker{number}.log" for number in range(workers)]
    running = []
    for log in logs:
        with log.open("wb") as out:
            running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=out))
    time.sleep(8)  # Until each has its partition.
    run("generate", "--live", "--rate", f"{rate}/s", "--for", f"{seconds}s", "--out", topic(kafka, "contested"))
    time.sleep(3)
    for worker in running:
        worker.terminate()
    if any(worker.wait() for worker in running):
        sys.exit("a worker failed:\n" + "\n".join(log.read_text()[-2000:] for log in logs))
    text = "".join(log.read_text() for log in logs)
    commits = [tuple(map(int, found)) for found in re.findall(r"conflicts=(\d+) conflict_ms=(\d+) ms=(\d+)", text)]
    lost, spent = (sum(commit[part] for commit in commits) / 1000 for part in (1, 2))
    times = sum(commit[0] for commit in commits)
    print(
        f"{workers} workers, {rate} events/s: {len(commits)} commits, {times} conflicts; "
        f"{lost:.1f} s of {workers * seconds} s in conflicts ({100 * lost / (workers * seconds):.1f} %), "
        f"{spent:.1f} s in commits"
    )
    print(run("audit", "--from", topic(kafka, "contested"), "--lake", lake))


def visible_after(lake):
    """Seconds from event_ts to the commit file's time, of each row."""
    import pyarrow.parquet

    waits = []
    for commit in sorted((lake / "bronze/clicks/_delta_log").glob("*.json")):
        visible = commit.stat().st_mtime
        for line in commit.read_text().splitlines():
            added = json.loads(line).get("add")
            if added is None:
                continue
            column = pyarrow.parquet.read_table(lake / "bronze/clicks" / added["path"], columns=["event_ts"]).column(0)
            waits += [visible - micros / 1e6 for micros in column.cast("int64").to_pylist()]
    return sorted(waits)


def freshness(kafka, folder):
    make_topic(kafka, "fresh", 4)
    lake = folder / "fresh"
    stream = [RCML, "stream", "--from", topic(kafka, "fresh"), "--lake", str(lake), "--flush-age-ms-max", "1s"]
    worker = subprocess.Popen(stream, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    live = [
        "generate",
        "--live",
        "--rate",
        "50000/s",
        "--for",
        "30s",
        "--profile",
        "clean",
        "--out",
        topic(kafka, "fresh"),
    ]
    run(*live)
    time.sleep(3)
    worker.terminate()
    worker.wait()
    waits = visible_after(lake)
    shares = {share: waits[int(len(waits) * share)] for share in (0.5, 0.99, 0.999)}
    text = ", ".join(f"p{share * 100:g} {wait:.2f} s" for share, wait in shares.items())
    print(f"{len(waits)} events at 50 k/s, flush age 1 s, event to visible: {text}")


PARTS = {"audit": audit, "conflicts": conflicts, "freshness": freshness}


def main():
    names = sys.argv[1:] or list(PARTS)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with services.Services(folder / "services") as running:
            kafka = running.start_kafka()
            for part in names:
                print(f"== {part}", flush=True)
                PARTS[part](kafka, folder)


if __name__ == "__main__":
    main()
