"""`rcml lake vacuum --log-age-min`: after it, other people's readers and our commands work, or say what is no longer known."""

import json
import os
import time

import deltalake
import pytest
from rcml_program import Job, lake_column, run

CLEAN = ["--orphan-age-min", "1h", "--log-age-min", "1h"]


def lake_of_commits(root, commits=12, checkpoint_after=8):
    job = Job(root)
    for number in range(commits):
        events = ["--events", 100, "--days", 1, "--start", "2026-03-01", "--seed", number, "--profile", "clean"]
        run("generate", *events, "--out", job.spool)
        job.stream()
        if number + 1 == checkpoint_after:
            run("lake", "checkpoint", "--lake", job.lake)
    return job


def history(job):
    return job.lake / "bronze/clicks/_delta_log"


def make_old(job, hours=48):
    then = time.time() - hours * 3600
    for path in job.lake.rglob("*"):
        os.utime(path, (then, then))


def commits_left(job):
    return sorted(int(path.stem) for path in history(job).glob("*.json") if path.stem.isdigit())


def test_readers_and_commands_after_a_clean_up(tmp_path):
    job = lake_of_commits(tmp_path)
    ids = sorted(lake_column(job.lake, "event_id"))
    all_commits = commits_left(job)
    make_old(job)
    run("lake", "vacuum", "--lake", job.lake, *CLEAN)
    left = commits_left(job)
    assert 0 < len(left) < len(all_commits)
    assert left == list(range(left[0], all_commits[-1] + 1))
    assert sorted(lake_column(job.lake, "event_id")) == ids
    table = deltalake.DeltaTable(str(job.lake / "bronze/clicks"))
    table.load_as_version(left[0])
    assert table.version() == left[0]
    told = run("lake", "log", "--lake", job.lake, "--newest", 1000)
    assert f"before {left[0]}" in told.stdout and "removed" in told.stdout
    as_json = json.loads(run("lake", "log", "--lake", job.lake, "--newest", 1000, "--json").stdout)
    assert as_json["clicks"]["first_known_version"] == left[0]
    assert [version["version"] for version in as_json["clicks"]["versions"]] == left
    assert job.audit()["ok"]
    run("generate", "--events", 100, "--days", 1, "--start", "2026-03-02", "--profile", "clean", "--out", job.spool)
    job.stream()
    assert len(lake_column(job.lake, "event_id")) == len(ids) + 100
    assert job.audit()["ok"]


@pytest.mark.parametrize("half", ["temporary name", "half of it", "one part of two"])
def test_an_incomplete_checkpoint_removes_nothing(tmp_path, half):
    job = lake_of_commits(tmp_path, commits=6, checkpoint_after=5)
    checkpoint = next(history(job).glob("*.checkpoint.parquet"))
    if half == "temporary name":
        checkpoint.rename(f"{checkpoint}#1")
    elif half == "half of it":
        checkpoint.write_bytes(checkpoint.read_bytes()[: checkpoint.stat().st_size // 2])
    else:
        version = checkpoint.name.split(".")[0]
        checkpoint.rename(checkpoint.with_name(f"{version}.checkpoint.0000000001.0000000002.parquet"))
    (history(job) / "_last_checkpoint").unlink()
    make_old(job)
    before = commits_left(job)
    # The damaged one is the newest by its name: no reader can open the table before somebody removes it.
    run("lake", "vacuum", "--lake", job.lake, *CLEAN, code=4 if half == "half of it" else 0)
    assert commits_left(job) == before
    if half == "half of it":
        checkpoint.unlink()
    assert len(lake_column(job.lake, "event_id")) == 600
    assert job.audit()["ok"]
