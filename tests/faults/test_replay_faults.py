"""`rcml rejects replay`: what a limit set aside becomes rows once the limit is gone, each once, whatever dies on the way."""

import pytest
from rcml_program import Job, check_rows, lake_column, run, start

NARROW = ["--event-bytes-max", "290", "--flush-rows-max", "4k"]
CRASH_POINTS = ["replay.before_commit", "replay.after_commit"]


def set_aside(tmp_path, **options):
    """A lake whose stream took long events for too large ones, and malformed ones for what they are."""
    job = Job(tmp_path, events=12_000, profile="hostile", **options)
    job.stream(*NARROW)
    assert lake_column(job.lake, "reason", "rejects").count("too_large") > 500
    return job


def replay(job, *more, **options):
    return run("rejects", "replay", "--lake", job.lake, *more, **options)


def test_replayed_events_are_rows_and_no_rejects(tmp_path):
    job = set_aside(tmp_path)
    before = len(lake_column(job.lake, "event_id"))
    told = replay(job, "--dry-run").stdout
    assert "would become rows" in told
    assert len(lake_column(job.lake, "event_id")) == before
    assert replay(job, "--reason", "bad_json").stdout.split(":")[1].startswith(" 0 are rows now")
    replay(job)
    check_rows(job)
    assert job.audit()["ok"]
    assert ": 0 are rows now" in replay(job).stdout
    job.load()
    assert job.audit("--warehouse", job.warehouse)["ok"]


@pytest.mark.parametrize("reach", [1, 2])
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_crash_in_a_replay_loses_and_doubles_nothing(tmp_path, point, reach):
    job = set_aside(tmp_path)
    done = replay(job, code=None, env={"RCML_CRASH_AT": f"{point}:{reach}"})
    assert done.returncode == 137, f"{point} was not reached {reach} times\n{done.stderr}"
    replay(job)
    check_rows(job)
    assert job.audit()["ok"]


def test_files_merged_between_the_crash_and_the_next_replay(tmp_path):
    job = set_aside(tmp_path)
    replay(job, code=137, env={"RCML_CRASH_AT": "replay.after_commit:1"})
    run("lake", "compact", "--lake", job.lake)
    assert "were rows already, by an earlier replay" in replay(job).stdout
    check_rows(job)
    assert job.audit()["ok"]


def test_events_of_a_half_done_commit_are_left_to_their_stream(tmp_path):
    job = Job(tmp_path, events=12_000, profile="hostile")
    job.stream(*NARROW, code=137, env={"RCML_CRASH_AT": "sink.after_rejects_commit:1"})
    assert job.audit()["ok"]
    told = replay(job).stdout
    assert ": 0 are rows now" in told
    assert "belong to a commit that a stream has yet to finish" in told
    job.stream(*NARROW)
    replay(job)
    check_rows(job)
    assert job.audit()["ok"]


def test_two_replays_at_once(tmp_path):
    job = set_aside(tmp_path)
    replays = [start("rejects", "replay", "--lake", job.lake, log=tmp_path / f"log{i}") for i in range(2)]
    codes = sorted(each.wait(120) for each in replays)
    assert codes in ([0, 0], [0, 3]), [(tmp_path / f"log{i}").read_text()[-2000:] for i in range(2)]
    replay(job)
    check_rows(job)
    assert job.audit()["ok"]
