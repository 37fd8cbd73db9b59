"""load_memory.py: see load_memory.sh. Prints one line per size and warehouse."""

import pathlib
import subprocess
import sys

from postgres_load import query, services, timed_load, wait_until_ready

MEGABYTES_MAX = 300


def make_lake(program, folder, events):
    spool, lake = folder / "spool", folder / "lake"
    made = ["generate", "--events", events, "--seed", "1", "--start", "2026-01-01", "--days", "28", "--out"]
    subprocess.run([program, *made, f"spool:{spool}"], check=True, capture_output=True)
    subprocess.run(
        [program, "stream", "--from", f"spool:{spool}", "--lake", lake, "--drain"], check=True, capture_output=True
    )
    subprocess.run(["rm", "-r", spool], check=True)
    return lake


def main():
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    highest = 0
    with services.Services(folder / "services") as running:
        server = running.start_postgres()
        wait_until_ready(server.port)
        for events in sys.argv[3:]:
            work = folder / events
            work.mkdir()
            lake = make_lake(program, work, events)
            database = f"rows_{events}"
            query(server.port, "postgres", f"create database {database}")
            for url in (f"duckdb:{work}/clicks.duckdb", f"postgres://rcml@127.0.0.1:{server.port}/{database}"):
                seconds, megabytes = timed_load(program, lake, url)
                highest = max(highest, megabytes)
                rate = float(events) / seconds / 1e3
                target = url.split(":")[0]
                print(
                    f"{events:>9} events into {target:8} {seconds:6.1f} s, {rate:4.0f} k/s, peak {megabytes:4.0f} MB",
                    flush=True,
                )
            query(server.port, "postgres", f"drop database {database}", "checkpoint")
            subprocess.run(["rm", "-r", work], check=True)
    print(f"highest peak {highest:.0f} MB (limit: {MEGABYTES_MAX})")


if __name__ == "__main__":
    main()
