"""What a drain of a spool costs as its segments grow in number, one event each, in one partition and at rest.

A sealed segment is written here as docs/formats/spool.md says, because a writer would sync each of them."""

import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import time

CREATED_AT = 1_767_225_600_000_000
MINUTE = 60_000_000


def crc32c_table():
    table = []
    for byte in range(256):
        for _ in range(8):
            byte = (byte >> 1) ^ (0x82F63B78 if byte & 1 else 0)
        table.append(byte)
    return table


TABLE = crc32c_table()


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc = TABLE[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    return crc ^ 0xFFFFFFFF


def make_spool(folder, segments):
    partition = folder / "0"
    partition.mkdir(parents=True)
    (folder / "spool.json").write_text('{"version":1,"name":"clicks","partitions":1,"roll_age_ms":60000}\n')
    start = 0
    for number in range(segments):
        line = (
            f'{{"event_id":"e{number}","event_ts":"2025-12-31T12:00:00Z","event_type":"page_view",'
            f'"anonymous_id":"a{number % 97}","session_id":"s{number % 97}","page":"/"}}\n'
        ).encode()
        stem = f"{start:020}-{CREATED_AT + number * MINUTE:016}"
        (partition / f"{stem}.ndjson").write_bytes(line)
        seal = f'{{"bytes":{len(line)},"events":1,"crc32c":"{crc32c(line):08x}","next_start":{start + len(line)}}}\n'
        (partition / f"{stem}.seal").write_text(seal)
        start += len(line)
    os.utime(partition, (time.time() - 60, time.time() - 60))


def drain(program, spool, lake):
    """Seconds of processor time and of the clock, and the rows of the summary line."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    done = subprocess.run(
        [program, "stream", "--from", f"spool:{spool}", "--lake", lake, "--drain", "--log-level", "error"],
        capture_output=True,
        text=True,
    )
    wall = time.monotonic() - began
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"{program} failed:\n{done.stderr}")
    cpu = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    return cpu, wall, done.stdout.split(" rows")[0]


def main():
    programs = sys.argv[1].split(",")
    sizes = [int(size) for size in sys.argv[2:]]
    print(f"{'program':<10} {'segments':>9} {'CPU s':>8} {'wall s':>8} {'rows':>8} {'times the first':>16}")
    first = {}
    for size in sizes:
        with tempfile.TemporaryDirectory() as folder:
            make_spool(pathlib.Path(folder) / "spool", size)
            for turn, program in enumerate(programs):
                name = "new" if turn == 0 else "old"
                if name == "old" and size > 4_000:
                    print(f"{name:<10} {size:>9}  left out: its cost grows with the square")
                    continue
                cpu, wall, rows = drain(program, f"{folder}/spool", f"{folder}/lake-{turn}")
                first.setdefault(name, cpu)
                print(f"{name:<10} {size:>9} {cpu:>8.2f} {wall:>8.2f} {rows:>8} {cpu / first[name]:>16.1f}", flush=True)


main()
