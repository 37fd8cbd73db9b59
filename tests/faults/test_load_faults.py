"""Faults of `rcml load` into DuckDB: killed anywhere, run twice, run by two at once, each row is there once."""

import random

import duckdb
from rcml_program import IS_FULL, SEED, Job, run, start, start_and_kill


def rows(job):
    with duckdb.connect(str(job.file), read_only=True) as connection:
        return connection.execute(
            "select count(*), count(distinct (source_partition, source_offset)), count(distinct event_id) "
            "from raw.raw_clicks"
        ).fetchone()


def expected(job):
    truth = job.truth()
    lines = truth["events"] + truth["faults"]["duplicates"] + truth["faults"]["conflicts"]
    return (lines, lines, truth["events"])


def test_kills_at_random_moments_load_each_row_once(tmp_path):
    events, kills_wanted = (1_000_000, 20) if IS_FULL else (200_000, 6)
    random_moment = random.Random(SEED)
    job = Job(tmp_path, events=events)
    job.stream("--flush-rows-max", str(events // 40))
    arguments = ["load", "--lake", job.lake, "--warehouse", job.warehouse, "--batch-files-max", "1"]
    kills = sum(start_and_kill(arguments, b"rows=", random_moment, tmp_path / "log") for _ in range(kills_wanted))
    job.load()
    print(f"{kills} kills of {kills_wanted}, seed {SEED}")
    assert kills == kills_wanted
    assert rows(job) == expected(job)
    assert job.audit("--warehouse", job.warehouse)["ok"]
    job.load()
    assert rows(job) == expected(job)


def test_two_loaders_at_once(tmp_path):
    job = Job(tmp_path, events=100_000)
    job.stream("--flush-rows-max", "5k")
    loaders = [
        start(
            "load", "--lake", job.lake, "--warehouse", job.warehouse, "--batch-files-max", "3", log=tmp_path / f"log{i}"
        )
        for i in range(2)
    ]
    assert [loader.wait(120) for loader in loaders] == [0, 0], [
        (tmp_path / f"log{i}").read_text()[-2000:] for i in range(2)
    ]
    assert rows(job) == expected(job)


def test_a_damaged_file_stops_the_load_with_its_name(tmp_path):
    job = Job(tmp_path, events=20_000)
    job.stream()
    victim = next((job.lake / "bronze/clicks").glob("dt=*/*.parquet"))
    whole = victim.read_bytes()
    victim.write_bytes(whole[: len(whole) // 2])
    done = run("load", "--lake", job.lake, "--warehouse", job.warehouse, code=4)
    assert victim.name in done.stderr
    victim.write_bytes(whole)
    job.load()
    assert rows(job) == expected(job)
