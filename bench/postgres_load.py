"""postgres_load.py: see postgres_load.sh. Prints one line per round and the ratio of the best ones."""

import os
import pathlib
import subprocess
import sys
import time

import psycopg2

REPO = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(REPO / "tools")]
import services  # noqa: E402


def query(port, database, *statements):
    connection = psycopg2.connect(host="127.0.0.1", port=port, user="rcml", dbname=database)
    connection.autocommit = True
    with connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)
        rows = cursor.fetchall() if cursor.description else None
    connection.close()
    return rows


def wait_until_ready(port):
    while True:
        try:
            return query(port, "postgres", "select 1")
        except psycopg2.OperationalError:
            time.sleep(0.2)


def timed_load(program, lake, url):
    """Seconds, and the peak memory of that process alone in MB."""
    began = time.monotonic()
    command = [program, "load", "--lake", lake, "--warehouse", url]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(map(str, command))} ended with {os.waitstatus_to_exitcode(status)}")
    return time.monotonic() - began, used.ru_maxrss / 1024


def timed_copy(port, database, parts):
    """The same rows into tables of the same shape, one per partition, in one transaction, as the loader does."""
    statements = ["begin"]
    for name, path in parts:
        statements += [f"create table {name}_again (like raw.{name} including all)"]
        statements += [f"copy {name}_again from '{path}' (format binary)"]
    began = time.monotonic()
    query(port, database, *statements, "commit")
    return time.monotonic() - began


def write_binary_files(port, database, folder):
    names = query(
        port, database, "select inhrelid::regclass::text from pg_inherits where inhparent = 'raw.raw_clicks'::regclass"
    )
    parts = []
    for (name,) in names:
        short = name.removeprefix("raw.")
        query(port, database, f"copy {name} to '{folder}/{short}.bin' (format binary)")
        parts.append((short, f"{folder}/{short}.bin"))
    return parts


def main():
    program, folder, events, rounds = sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    spool, lake = f"spool:{folder}/spool", folder / "lake"
    made = ["generate", "--events", events, "--seed", "1", "--start", "2026-01-01", "--days", "14", "--out", spool]
    subprocess.run([program, *made], check=True, capture_output=True)
    subprocess.run([program, "stream", "--from", spool, "--lake", lake, "--drain"], check=True, capture_output=True)
    loads, copies, parts, peak = [], [], None, 0
    with services.Services(folder / "services") as running:
        server = running.start_postgres()
        wait_until_ready(server.port)
        for number in range(rounds):
            database = f"round{number}"
            query(server.port, "postgres", f"create database {database}")
            seconds, megabytes = timed_load(program, lake, f"postgres://rcml@127.0.0.1:{server.port}/{database}")
            loads.append(seconds)
            peak = max(peak, megabytes)
            rows = query(server.port, database, "select count(*) from raw.raw_clicks")[0][0]
            parts = parts or write_binary_files(server.port, database, server.directory)
            query(server.port, database, "checkpoint")
            copies.append(timed_copy(server.port, database, parts))
            print(f"round {number}: rows={rows} load={loads[-1]:.2f} s copy={copies[-1]:.2f} s", flush=True)
            query(server.port, "postgres", "checkpoint", f"drop database {database}")
    load, copy = min(loads), min(copies)
    print(f"load {rows / load / 1e3:.0f} k rows/s, COPY of a local binary file {rows / copy / 1e3:.0f} k rows/s")
    print(f"ratio {copy / load:.2f} (wanted: 0.60); peak memory of the load {peak:.0f} MB (limit: 300)")


if __name__ == "__main__":
    main()
