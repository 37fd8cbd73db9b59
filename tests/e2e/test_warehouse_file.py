"""DuckDB's file has one writer at a time: a load that meets a dbt build waits for it, and says for whom; whoever waits too
long ends with exit code 3, the holder's name and what to do."""

import subprocess
import sys

import pytest
from rcml_program import Job, run, start, wait_until

HOLD = "import duckdb, sys; c = duckdb.connect(sys.argv[1]); print('held', flush=True); sys.stdin.read()"


def is_locked(path):
    """Whether some process has locked the file, without opening it: that alone would make dbt fail."""
    inode = str(path.stat().st_ino)
    with open("/proc/locks") as locks:
        return any(line.split()[5].split(":")[-1] == inode and line.split()[3] == "WRITE" for line in locks)


@pytest.fixture
def job(tmp_path):
    job = Job(tmp_path, events=3_000)
    job.stream()
    job.load()
    return job


def test_a_load_beside_a_dbt_build_waits_and_both_are_done(job, tmp_path):
    run("generate", "--seed", 8, "--start", "2026-03-04", "--days", 1, "--events", 500, "--out", job.spool)
    job.stream()
    log = tmp_path / "transform.log"
    building = start("transform", "--warehouse", job.warehouse, "--no-publish", log=log)
    wait_until(lambda: "RUN" in log.read_text() and is_locked(job.file))
    done = job.load("--lock-wait", "10m")
    assert building.wait(600) == 0, log.read_text()
    assert "waiting for the warehouse file" in done.stderr and "held_by=" in done.stderr
    assert " 0 rows of 0 files loaded" not in done.stdout
    run("transform", "--warehouse", job.warehouse, "--no-publish")
    assert job.audit("--warehouse", job.warehouse)["ok"]


@pytest.mark.parametrize("command", ["load", "transform"])
def test_a_holder_that_does_not_let_go_is_named_with_the_cure(job, command):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, job.file], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert holder.stdout.readline() == "held\n"
        words = ["--lake", job.lake] if command == "load" else []
        done = run(command, *words, "--warehouse", job.warehouse, "--lock-wait", "300ms", code=3)
    finally:
        holder.stdin.close()
        assert holder.wait(60) == 0
    assert f"warehouse {job.file} is held by another process" in done.stderr
    assert f"PID {holder.pid}" in done.stderr
    assert "Close that program" in done.stderr and "--lock-wait" in done.stderr
    job.load()
