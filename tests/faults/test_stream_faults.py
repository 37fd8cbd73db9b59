"""Faults of `rcml stream` on a spool and a lake on disk. After each, a restart must leave every event in the lake exactly
once, as deltalake reads it. RCML_FAULTS=full runs the long forms; RCML_FAULT_SEED repeats a run."""

import contextlib
import datetime
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import time

import pyarrow.parquet
import pytest
from rcml_program import (
    IS_FULL,
    RCML,
    SEED,
    Job,
    check_lake,
    kill_after,
    lake_column,
    run,
    start,
    start_and_kill,
    wait_until,
)

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


@contextlib.contextmanager
def mounted(folder, options):
    folder.mkdir()
    if (
        os.geteuid() != 0
        or subprocess.run(["mount", "-t", "tmpfs", "-o", options, "none", folder], capture_output=True).returncode != 0
    ):
        pytest.skip("cannot mount a tmpfs here (needs root)")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.fixture
def tiny_disk(tmp_path):
    """A tmpfs of 3 MB: real ENOSPC."""
    with mounted(tmp_path / "disk", "size=3m") as folder:
        yield folder


def job_of_dates(root, dates, events):
    """A spool in which the dates alternate from event to event."""
    job = Job(root)
    first = datetime.date(2010, 1, 1)
    lines = root / "events.ndjson"
    with open(lines, "w") as file:
        for number in range(events):
            day = first + datetime.timedelta(days=number * 7919 % dates)
            event = {"event_id": f"e{number}", "event_ts": f"{day}T12:00:00Z", "event_type": "page_view"}
            file.write(json.dumps(event) + "\n")
    run("import", lines, "--format", "ndjson", "--out", job.spool)
    return job


def stream_within(job, *more, files=None, code=0):
    """`rcml stream` with so many open files allowed; what it logged and its largest resident memory in MB."""

    def limit():
        if files:
            resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))

    log = job.root / "within.log"
    with open(log, "wb") as out:
        arguments = [RCML, *map(str, job.stream_arguments(*more))]
        process = subprocess.Popen(arguments, stdout=out, stderr=out, preexec_fn=limit)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == code, log.read_text()
    return log.read_text(), usage.ru_maxrss // 1024


def test_thousands_of_dates_in_one_batch_keep_to_files_and_memory(tmp_path):
    job = job_of_dates(tmp_path, dates=600, events=9000)
    _, megabytes = stream_within(job, files=256)
    print(f"{megabytes} MB")
    assert megabytes < 256
    assert sorted(lake_column(job.lake, "event_id")) == sorted(f"e{number}" for number in range(9000))
    assert job.audit()["ok"]
    assert not list(job.lake.rglob("*.part"))


def test_too_few_files_are_refused_before_anything_is_read(tmp_path):
    job = job_of_dates(tmp_path, dates=5, events=10)
    said, _ = stream_within(job, "--encoders", "4", files=30, code=2)
    assert "may have 30 files open" in said and "LimitNOFILE" in said


@pytest.mark.parametrize("fault", ["no inode is left", "it is mounted read-only"])
def test_a_file_that_cannot_be_made_is_named_with_a_cure(tmp_path, fault):
    """The disk takes bytes, but no new name."""
    job = job_of_dates(tmp_path, dates=400, events=2000)
    with mounted(tmp_path / "disk", "size=500m,nr_inodes=2k") as disk:
        job.lake = disk / "lake"
        job.stream(env={"RCML_CRASH_AT": "sink.encoded_batch:1"}, code=137)
        wrong, right, cure = {
            "no inode is left": ("remount,nr_inodes=300", "remount,nr_inodes=20k", "Free some space"),
            "it is mounted read-only": ("remount,ro", "remount,rw", "Mount that disk for writing"),
        }[fault]
        if fault == "no inode is left":
            shutil.rmtree(job.lake)
        subprocess.run(["mount", "-o", wrong, disk], check=True)
        done = job.stream(code=3)
        assert cure in done.stderr and str(disk) in done.stderr
        subprocess.run(["mount", "-o", right, disk], check=True)
        job.stream()
        assert len(set(lake_column(job.lake, "event_id"))) == 2000
        assert job.audit()["ok"]


def test_files_that_run_out_later_are_an_error_and_nothing_is_lost(tmp_path):
    """The limit falls while the program runs: what was worked out at its start is no longer true."""
    job = job_of_dates(tmp_path, dates=60, events=20)
    worker = start("stream", "--from", job.spool, "--lake", job.lake, "--flush-age-ms-max", "1h", log=tmp_path / "log")
    wait_until(lambda: len(list(job.lake.rglob("*.part"))) == 20)
    open_now = len(os.listdir(f"/proc/{worker.pid}/fd"))
    resource.prlimit(worker.pid, resource.RLIMIT_NOFILE, (open_now + 4, open_now + 4))
    more = job_of_dates(tmp_path / "more", dates=60, events=2000)
    del more
    run("import", tmp_path / "more/events.ndjson", "--format", "ndjson", "--out", job.spool)
    assert worker.wait(60) == 3, (tmp_path / "log").read_text()
    assert "Too many open files" in (tmp_path / "log").read_text()
    assert "LimitNOFILE" in (tmp_path / "log").read_text()
    assert not list(job.lake.rglob("*.part")), "what was begun and never committed is gone"
    job.stream()
    assert len(lake_column(job.lake, "event_id")) == 2020
    assert job.audit()["ok"]


def test_a_log_may_have_two_dots_in_its_name(tmp_path):
    job = job_of_dates(tmp_path, dates=3, events=30)
    (tmp_path / "spool").rename(tmp_path / "my..clicks")
    job.spool = f"spool:{tmp_path / 'my..clicks'}"
    header = json.loads((tmp_path / "my..clicks/spool.json").read_text())
    (tmp_path / "my..clicks/spool.json").write_text(json.dumps({**header, "name": "my..clicks"}))
    job.stream()
    assert len(lake_column(job.lake, "event_id")) == 30
    assert job.audit()["ok"]


def test_a_line_beyond_what_is_read_is_set_aside_once(tmp_path):
    """Of a line above 16 MiB only the beginning is read; after a crash between the commits it is known all the same."""
    job = job_of_dates(tmp_path, dates=2, events=10)
    folder = tmp_path / "spool/0"
    sealed = next(folder.glob("*.ndjson"))
    sealed.with_suffix(".seal").unlink()
    opened = sealed.rename(f"{sealed}.open")
    with open(opened, "a") as segment:
        segment.write('{"event_id":"' + "x" * (17 << 20) + '"}\n')
    done = job.stream(code=None, env={"RCML_CRASH_AT": "sink.after_rejects_commit:1"})
    assert done.returncode == 137
    job.stream()
    assert lake_column(job.lake, "reason", "rejects") == ["too_large"]
    assert len(lake_column(job.lake, "event_id")) == 10
    assert job.audit()["ok"]


def test_a_worker_that_was_overtaken_says_so_and_takes_its_files_away(tmp_path):
    """Both workers hold the same events; the second is stopped before its commit until the first has made it."""
    job = job_of_dates(tmp_path, dates=4, events=4000)
    idle = ["stream", "--from", job.spool, "--lake", job.lake, "--flush-age-ms-max", "1h"]
    late = start(*idle, log=tmp_path / "late.log")
    wait_until(lambda: len(list(job.lake.rglob("*.part"))) >= 4)
    late.send_signal(signal.SIGSTOP)
    job.stream()
    late.send_signal(signal.SIGCONT)
    late.terminate()
    assert late.wait(60) == 0
    said = (tmp_path / "late.log").read_text()
    assert "commit done" not in said, said
    assert "another worker moved our partition" in said
    assert "rows=4000 rows_in_lake=no" in said
    assert "files_removed=4" in said
    assert len(lake_column(job.lake, "event_id")) == 4000
    files = [path for path in (job.lake / "bronze/clicks").rglob("*.parquet*") if "_delta_log" not in path.parts]
    assert len(files) == 4, files
    assert job.audit()["ok"]


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
    """What the old log's rejects say of an offset is not true of the new log's event there. rcml 0.1 kept no ids, so its
    lakes may hold such logs."""
    old = Job(tmp_path / "old", events=5_000, profile="hostile")
    old.stream()
    for entry in old.lake.glob("bronze/*/_delta_log/*.json"):
        lines = entry.read_text().splitlines(keepends=True)
        entry.write_text("".join(line for line in lines if not ('"txn"' in line and "/spool/log" in line)))
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
