"""`rcml spool trim`: old segments go, what a lake has not committed stays, and a trim that is killed is finished by the next."""

import json
import pathlib
import random
import shutil
import signal
import time

import pytest
from rcml_program import IS_FULL, SEED, Job, lake_column, run, start, wait_until

RUNS = 4


def spool_of_runs(root, runs=RUNS, seed=1):
    """A spool with one sealed segment for each run of the generator."""
    job = Job(root)
    for number in range(runs):
        write_more(job, seed + number)
    return job


def write_more(job, seed, partitions=1):
    run(
        *("generate", "--events", 300, "--days", 1, "--start", "2026-03-01", "--seed", seed, "--profile", "clean"),
        *("--out", job.spool, "--partitions", partitions),
    )


def trim(job, *more, **options):
    return run("spool", "trim", "--from", job.spool, *more, **options)


def segments(job):
    return sorted(path.name for path in (job.root / "spool" / "0").glob("*.ndjson"))


def partition(job):
    return json.loads(run("spool", "log", "--from", job.spool, "--json").stdout)["partitions"]["0"]


def tree(job):
    """All the spool's files but the time of the trim."""
    root = job.root / "spool"
    return {
        str(path.relative_to(root)): path.read_text().split(",")[0] if path.name == "trimmed.json" else path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file() and path.suffix != ".lake"
    }


def test_a_trim_leaves_what_a_lake_has_not_committed(tmp_path):
    job = spool_of_runs(tmp_path)
    assert "no lake is known" in trim(job, "--keep", 1, code=4).stderr
    job.stream()
    write_more(job, 50)
    write_more(job, 51)
    assert len(segments(job)) == RUNS + 2
    told = trim(job, "--keep", 1, "--dry-run").stdout
    assert "4 segments with" in told and "would be removed" in told and "is kept for" in told
    assert len(segments(job)) == RUNS + 2
    trim(job, "--keep", 1)
    assert len(segments(job)) == 2
    job.stream()
    trim(job, "--keep", 1)
    assert len(segments(job)) == 1


def test_the_audit_knows_what_was_trimmed_and_the_stream_goes_on(tmp_path):
    job = spool_of_runs(tmp_path)
    job.stream()
    rows = len(lake_column(job.lake, "event_id"))
    trim(job, "--keep", 1)
    begin = partition(job)["begin"]
    assert begin > 0
    report = job.audit()
    assert report["ok"]
    expired = report["partitions"][0]["expired"]
    assert 0 < expired < rows
    write_more(job, 60)
    job.stream()
    assert len(lake_column(job.lake, "event_id")) > rows
    assert job.audit()["ok"]
    assert run("spool", "verify", "--from", job.spool).returncode == 0


def test_a_new_lake_is_told_that_the_spool_does_not_begin_at_its_beginning(tmp_path):
    job = spool_of_runs(tmp_path)
    assert "older events were removed" not in job.stream().stderr
    trim(job, "--keep", 2)
    job.lake = tmp_path / "second"
    said = job.stream().stderr
    assert "older events were removed" in said and str(partition(job)["begin"]) in said
    assert job.audit()["ok"]
    assert "older events were removed" not in job.stream().stderr


def test_a_lake_that_cannot_be_read_stops_a_trim_until_it_is_named(tmp_path):
    job = spool_of_runs(tmp_path)
    job.stream()
    first = job.lake
    job.lake = tmp_path / "second"
    job.stream()
    first.rename(tmp_path / "away")
    before = tree(job)
    refused = trim(job, "--keep", 1, code=4).stderr
    assert "lake/" in refused and f"--forget-lake file://{first}/" in refused
    assert tree(job) == before
    trim(job, "--keep", 1, "--forget-lake", first)
    assert len(segments(job)) == 1
    assert "cannot be read" not in run("spool", "log", "--from", job.spool).stdout
    trim(job, "--keep", 1)


def test_a_lake_of_an_older_version_is_named_and_known_from_then_on(tmp_path):
    job = spool_of_runs(tmp_path)
    job.stream()
    for path in (tmp_path / "spool" / "lakes").iterdir():
        path.unlink()
    trim(job, "--keep", 2, code=4)
    trim(job, "--keep", 2, "--lake", job.lake)
    assert len(segments(job)) == 2
    trim(job, "--keep", 1)
    assert len(segments(job)) == 1


@pytest.mark.parametrize(
    ("point", "reach"), [("spool.trim_marked", 1), *(("spool.trim_removed", number) for number in range(1, 7))]
)
def test_a_killed_trim_ends_the_same_when_it_is_run_again(tmp_path, point, reach):
    calm = spool_of_runs(tmp_path / "calm")
    job = Job(tmp_path / "killed")
    shutil.copytree(calm.root / "spool", job.root / "spool")
    for each in (calm, job):
        each.stream()
    trim(calm, "--keep", 1)
    trim(job, "--keep", 1, code=137, env={"RCML_CRASH_AT": f"{point}:{reach}"})
    assert partition(job)["begin"] == partition(calm)["begin"], "for readers the trim has happened"
    assert job.audit()["ok"]
    trim(job, "--keep", 1)
    assert tree(job) == tree(calm)


def test_a_trim_beside_a_writer_streams_and_audits(tmp_path):
    """All at once, for many short segments: no program fails, and each lake holds every event exactly once."""
    job = spool_of_runs(tmp_path, runs=2)
    second = Job(tmp_path / "second")
    second.spool = job.spool
    first_ids = segment_ids(job)
    live = ["--flush-age-ms-max", "100ms"]
    workers = [
        start("stream", "--from", each.spool, "--lake", each.lake, *live, log=each.root / "worker.log")
        for each in (job, second)
    ]
    wait_until(lambda: all("commit done" in (each.root / "worker.log").read_text() for each in (job, second)))
    ids = set(first_ids)
    trimmed = audits = 0
    for number in range(12):
        write_more(job, 100 + number)
        ids |= segment_ids(job)
        beside = [start("audit", "--from", job.spool, "--lake", job.lake, log=tmp_path / "audit.log") for _ in range(2)]
        trims = [start("spool", "trim", "--from", job.spool, "--keep", 1, log=tmp_path / "trim.log") for _ in range(2)]
        for each in trims:
            assert each.wait(60) == 0, (tmp_path / "trim.log").read_text()
            trimmed += 1
        for each in beside:
            assert each.wait(60) == 0, (tmp_path / "audit.log").read_text()
            audits += 1
    for worker, each in zip(workers, (job, second), strict=True):
        worker.terminate()
        assert worker.wait(60) == 0, (each.root / "worker.log").read_text()
        each.stream()
        assert len(ids) == len(lake_column(each.lake, "event_id")) == len(set(lake_column(each.lake, "event_id")))
        assert each.audit()["ok"]
    assert partition(job)["begin"] > 0
    assert run("spool", "verify", "--from", job.spool).returncode == 0


def test_an_audit_reads_on_when_a_trim_removes_what_it_reads(tmp_path):
    """It is stopped at any moment, the trim removes all but the newest segment, and the audit goes on."""
    moments = random.Random(SEED)
    job = spool_of_runs(tmp_path, runs=10)
    job.stream()
    shutil.copytree(tmp_path / "spool", tmp_path / "whole")
    for _ in range(24 if IS_FULL else 6):
        shutil.rmtree(tmp_path / "spool")
        shutil.copytree(tmp_path / "whole", tmp_path / "spool")
        audit = start("audit", "--from", job.spool, "--lake", job.lake, log=tmp_path / "audit.log")
        time.sleep(moments.uniform(0.0, 0.1))
        audit.send_signal(signal.SIGSTOP)
        trim(job, "--keep", 1)
        audit.send_signal(signal.SIGCONT)
        assert audit.wait(60) == 0, (tmp_path / "audit.log").read_text()


def segment_ids(job):
    folder = job.root / "spool" / "0"
    lines = (line for path in folder.glob("*.ndjson") for line in path.read_text().splitlines())
    return {json.loads(line)["event_id"] for line in lines}


def test_a_lake_that_is_far_behind_keeps_what_it_lacks(tmp_path):
    """Two lakes: the trim goes as far as the slower one, which then reads on without a gap."""
    job = spool_of_runs(tmp_path, runs=3)
    slow = Job(tmp_path / "slow")
    slow.spool = job.spool
    slow.stream()
    for number in range(5):
        write_more(job, 70 + number)
    job.stream()
    told = trim(job, "--keep", 1).stdout
    assert f"is kept for file://{slow.lake}/" in told
    assert len(segments(job)) == 5
    slow.stream()
    assert sorted(lake_column(slow.lake, "event_id")) == sorted(lake_column(job.lake, "event_id"))
    trim(job, "--keep", 1)
    assert len(segments(job)) == 1
    assert slow.audit()["ok"] and job.audit()["ok"]


def test_a_lake_that_was_deleted_and_made_again_keeps_what_is_left(tmp_path):
    job = spool_of_runs(tmp_path)
    job.stream()
    shutil.rmtree(job.lake)
    assert "cannot be read" in trim(job, "--keep", 1, code=4).stderr
    assert len(segments(job)) == RUNS
    other = Job(tmp_path / "other")
    other.spool, other.lake = f"spool:{tmp_path / 'other-clicks'}", job.lake
    write_more(other, 5)
    other.stream()
    assert "0 segments" in trim(job, "--keep", 1).stdout
    job.stream()
    assert "3 segments" in trim(job, "--keep", 1).stdout
    assert job.audit()["ok"]


def test_an_old_spool_and_its_lake_go_on(tmp_path):
    """As 0.1.0 left them: no folder of lakes, no mark of a trim."""
    job = spool_of_runs(tmp_path)
    job.stream()
    shutil.rmtree(tmp_path / "spool" / "lakes")
    (tmp_path / "spool" / "TRIM_LOCK").unlink()
    write_more(job, 80)
    assert "no lake is known" in run("spool", "log", "--from", job.spool).stdout
    job.stream()
    assert f"lake file://{job.lake}/" in run("spool", "log", "--from", job.spool).stdout
    trim(job, "--keep", 1)
    assert len(segments(job)) == 1
    assert job.audit()["ok"]


def test_a_trim_by_time_goes_by_the_arrival(tmp_path):
    job = spool_of_runs(tmp_path)
    job.stream()
    assert "0 segments" in trim(job, "--before", "2026-01-01").stdout
    assert "0 segments" in trim(job, "--keep", "1h").stdout
    assert "3 segments" in trim(job, "--before", "2200-01-01T00:00:00Z").stdout
    for wrong in (["--keep", "soon"], ["--before", "yesterday"], [], ["--keep", "1", "--before", "2026-01-01"]):
        trim(job, *wrong, code=2)


def damage(path: pathlib.Path, change):
    path.write_bytes(change(path.read_bytes()))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda data: data[:-7], "is missing"),
        (lambda data: data + b"{}\n", "was added later"),
        (lambda data: data[:40] + b"?" + data[41:], "its checksum differs"),
    ],
)
def test_verify_names_the_damaged_segment_and_the_cure(tmp_path, change, told):
    job = spool_of_runs(tmp_path, runs=2)
    name = segments(job)[1]
    damage(tmp_path / "spool" / "0" / name, change)
    said = run("spool", "verify", "--from", job.spool, code=4).stdout
    assert name in said and told in said and "Restore" in said and "1 faults" in said


def test_every_command_says_what_is_wrong_with_its_words(tmp_path):
    for command in ("log", "verify", "trim"):
        assert "spool:DIR" in run("spool", command, "--from", "kafka://localhost:1/x", code=2).stderr
        run("spool", command, "--from", f"spool:{tmp_path}/none", "--keep" if command == "trim" else "--log-level",
            "1" if command == "trim" else "error", code=2)  # fmt: skip
