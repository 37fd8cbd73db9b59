"""Faults of `rcml stream` on a spool and a lake on disk. After each, a restart must leave every event in the lake exactly
once, as deltalake reads it. RCML_FAULTS=full runs the long forms; RCML_FAULT_SEED repeats a run."""

import os
import random
import subprocess
import time

import pyarrow.parquet
import pytest
from rcml_program import IS_FULL, SEED, Job, check_lake, kill_after, lake_column, run, start, start_and_kill

CRASH_POINTS = [
    "parquet.write",
    "parquet.close",
    "sink.encoded_batch",
    "sink.before_finish",
    "sink.after_finish",
    "sink.before_rejects_commit",
    "sink.after_rejects_commit",
    "sink.before_clicks_commit",
    "sink.after_clicks_commit",
]
SMALL_FLUSH = ["--flush-rows-max", "10k", "--flush-age-ms-max", "200ms"]


def check_files_are_whole(job):
    """For readers that ask a folder instead of the log: whatever has the name of a file can be read."""
    for file in (job.lake / "bronze").glob("*/dt=*/*.parquet"):
        pyarrow.parquet.read_metadata(file)


@pytest.mark.parametrize("reach", [1, 3])
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_crash_at_this_step_loses_and_doubles_nothing(tmp_path, point, reach):
    job = Job(tmp_path, events=60_000, profile="hostile")
    done = job.stream(*SMALL_FLUSH, code=None, env={"RCML_CRASH_AT": f"{point}:{reach}"})
    assert done.returncode == 137, f"{point} was not reached {reach} times\n{done.stderr}"
    check_files_are_whole(job)
    job.stream(*SMALL_FLUSH)
    check_lake(job)
    assert job.audit()["ok"]


def test_kills_at_random_moments_lose_and_double_nothing(tmp_path):
    events, kills_wanted = (1_000_000, 100) if IS_FULL else (300_000, 15)
    random_moment = random.Random(SEED)
    job = Job(tmp_path, events=events)
    arguments = job.stream_arguments("--flush-rows-max", "500", "--flush-age-ms-max", "100ms")
    kills = sum(start_and_kill(arguments, b"commit done", random_moment, tmp_path / "log") for _ in range(kills_wanted))
    job.stream()
    check_lake(job)
    assert job.audit()["ok"]
    print(f"{kills} kills, seed {SEED}")
    assert kills == kills_wanted


def test_kills_while_the_generator_still_writes(tmp_path):
    """The reader tails the spool: killed again and again, it never reads half a line and never skips one."""
    job = Job(tmp_path)
    random_moment = random.Random(SEED + 1)
    writer = start(
        "generate",
        "--seed",
        3,
        "--live",
        "--rate",
        "20000/s",
        "--for",
        "20s" if IS_FULL else "6s",
        "--out",
        job.spool,
        "--truth",
        job.truth_dir,
        "--truth-ids",
        log=tmp_path / "writer.log",
    )
    reader = ["stream", "--from", job.spool, "--lake", job.lake, "--flush-age-ms-max", "100ms"]
    while not (tmp_path / "spool" / "spool.json").exists():
        time.sleep(0.02)
    while writer.poll() is None:
        kill_after(start(*reader, log=tmp_path / "log"), random_moment.uniform(0.2, 1.0))
    assert writer.returncode == 0, (tmp_path / "writer.log").read_text()
    job.stream()
    check_lake(job)
    assert job.audit()["ok"]


def test_sigterm_commits_what_is_pending_and_exits_0(tmp_path):
    job = Job(tmp_path, events=20_000)
    process = start("stream", "--from", job.spool, "--lake", job.lake, "--flush-age-ms-max", "1h", log=tmp_path / "log")
    time.sleep(2)
    process.terminate()
    assert process.wait(30) == 0, (tmp_path / "log").read_text()
    check_lake(job)


def test_two_workers_on_one_partition_on_purpose(tmp_path):
    job = Job(tmp_path, events=200_000)
    arguments = job.stream_arguments("--flush-rows-max", "5k", "--flush-age-ms-max", "50ms")
    workers = [start(*arguments, log=tmp_path / f"log{i}") for i in range(2)]
    assert [worker.wait(120) for worker in workers] == [0, 0], [
        (tmp_path / f"log{i}").read_text()[-2000:] for i in range(2)
    ]
    check_lake(job)
    assert job.audit()["ok"]


@pytest.fixture
def tiny_disk(tmp_path):
    """A tmpfs of 3 MB: real ENOSPC."""
    folder = tmp_path / "disk"
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "none", folder], capture_output=True).returncode
        != 0
    ):
        pytest.skip("cannot mount a tmpfs here (needs root)")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)


def test_a_full_disk_is_named_and_the_next_run_goes_on(tmp_path, tiny_disk):
    job = Job(tmp_path, events=300_000)
    job.lake = tiny_disk / "lake"
    done = job.stream("--flush-rows-max", "20k", code=3)
    assert "No space left on device" in done.stderr
    assert str(tiny_disk) in done.stderr
    subprocess.run(["mount", "-o", "remount,size=500m", tiny_disk], check=True)
    job.stream()
    check_lake(job)
    assert job.audit()["ok"]


def test_limits_changed_between_crash_and_restart_do_not_double_an_event(tmp_path):
    """An event set aside by the half-done commit stays set aside, though the new limits would take it."""
    job = Job(tmp_path, events=30_000, profile="clean")
    done = job.stream("--event-bytes-max", "290", code=None, env={"RCML_CRASH_AT": "sink.after_rejects_commit:1"})
    assert done.returncode == 137
    job.stream()
    assert job.audit()["ok"]
    rejected = run("audit", "--from", job.spool, "--lake", job.lake, "--json").stdout
    assert '"rejected": 0' not in rejected


def test_a_crash_beside_another_log_of_the_same_name_loses_nothing(tmp_path):
    """What the old log's rejects say of an offset is not true of the new log's event there."""
    old = Job(tmp_path / "old", events=5_000, profile="hostile")
    old.stream()
    new = Job(tmp_path / "new", events=5_000, profile="hostile", seed=8)
    new.lake = old.lake
    second = ["--group", "second"]
    done = new.stream(*second, code=None, env={"RCML_CRASH_AT": "sink.after_rejects_commit:1"})
    assert done.returncode == 137
    new.stream(*second)
    truths = [old.truth(), new.truth()]
    rows = [truth["events"] + truth["faults"]["duplicates"] + truth["faults"]["conflicts"] for truth in truths]
    assert len(lake_column(old.lake, "event_id")) == sum(rows)
    assert len(lake_column(old.lake, "reason", "rejects")) == sum(truth["faults"]["malformed"] for truth in truths)
