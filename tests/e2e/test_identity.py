"""A log is known by its id: two spools of one name are never taken for each other."""

import json
import re
import shutil

import pytest
from rcml_program import Job, check_lake, lake_column, run

KNOWN = re.compile(r"another log named spool \(spool:[0-9a-f]{32}\).*this one is spool:[0-9a-f]{32}")


@pytest.fixture
def two(tmp_path):
    """Two spools whose folders have one name, and one lake."""
    first = Job(tmp_path / "a", events=3000, seed=1)
    second = Job(tmp_path / "b", events=3000, seed=2)
    second.lake = first.lake
    return first, second


def spool_folder(job):
    return job.root / "spool"


def header(job):
    return json.loads((spool_folder(job) / "spool.json").read_text())


def as_of_0_1_spool(job):
    known = header(job)
    known.pop("id")
    (spool_folder(job) / "spool.json").write_text(json.dumps(known, separators=(",", ":")) + "\n")


def as_of_0_1(job):
    """The spool and the lake as rcml 0.1 would have left them: no id anywhere."""
    as_of_0_1_spool(job)
    for entry in job.lake.glob("bronze/*/_delta_log/*.json"):
        lines = entry.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not ('"txn"' in line and "/spool/log" in line)]
        entry.write_text("".join(kept))


def test_a_second_spool_of_the_same_name_is_refused(two):
    first, second = two
    first.stream()
    done = second.stream(code=4)
    assert KNOWN.search(done.stderr), done.stderr
    assert "--source-name" in done.stderr
    check_lake(first)
    done = run("audit", "--from", second.spool, "--lake", second.lake, code=4)
    assert KNOWN.search(done.stderr), done.stderr


def test_with_a_name_of_its_own_the_second_is_counted_too(two):
    first, second = two
    first.stream()
    second.stream("--source-name", "b")
    assert set(lake_column(first.lake, "event_id")) == set(first.true_ids()) | set(second.true_ids())
    assert first.audit()["ok"]
    assert second.audit("--source-name", "b")["ok"]
    second.stream("--source-name", "b")
    first.load()
    assert first.audit("--warehouse", first.warehouse)["ok"]


def test_a_spool_made_again_in_its_place_is_refused_even_when_it_is_longer(tmp_path):
    job = Job(tmp_path, events=1000)
    job.stream()
    shutil.rmtree(spool_folder(job))
    longer = Job(tmp_path, events=5000, seed=8)
    assert KNOWN.search(longer.stream(code=4).stderr)


def test_a_spool_that_was_moved_is_still_the_same(tmp_path):
    job = Job(tmp_path / "here", events=1000)
    job.stream()
    shutil.move(job.root / "spool", tmp_path / "elsewhere")
    run("stream", "--from", f"spool:{tmp_path / 'elsewhere'}", "--lake", job.lake, "--drain")
    check_lake(job)


def test_a_lake_and_a_spool_of_0_1_get_their_id_once(two):
    first, second = two
    first.stream("--flush-rows-max", "1k")
    as_of_0_1(first)
    more = ["generate", "--seed", 9, "--events", 500, "--start", "2026-05-01", "--days", 1, "--out", first.spool]
    run(*more)
    done = first.stream()
    assert "knows this log by its id" in done.stderr
    written = (spool_folder(first) / "spool.id").read_text()
    assert "id" not in header(first), "spool.json stays as the older program wrote it"
    assert "knows this log by its id" not in first.stream().stderr
    assert (spool_folder(first) / "spool.id").read_text() == written
    assert first.audit()["ok"]
    assert KNOWN.search(second.stream(code=4).stderr)


def test_a_lake_that_has_read_nothing_new_yet_is_not_changed_by_reading(two):
    first, _ = two
    first.stream()
    before = sorted(path.name for path in first.lake.glob("bronze/**/*"))
    first.stream()
    first.audit()
    assert sorted(path.name for path in first.lake.glob("bronze/**/*")) == before


def test_adopt_knows_another_log_too(two):
    first, second = two
    first.stream()
    done = run("lake", "adopt", "--from", second.spool, "--lake", second.lake, code=4)
    assert KNOWN.search(done.stderr), done.stderr


@pytest.mark.parametrize("name", ["a/b", "ä", "x y"])
def test_a_name_that_cannot_be_one_is_refused_before_anything_is_touched(tmp_path, name):
    job = Job(tmp_path, events=100)
    done = job.stream("--source-name", name, code=2)
    assert "--source-name" in done.stderr
    assert not job.lake.exists()


def test_a_spool_is_trimmed_by_the_name_that_the_lake_has_for_it(two):
    first, second = two
    first.stream()
    second.stream("--source-name", "b")
    known = json.loads(run("spool", "log", "--from", second.spool, "--json").stdout)["lakes"]
    assert [lake.get("log") for lake in known] == ["b"]
    assert sum(known[0]["committed"].values()) >= len(second.true_ids())
    assert "would be removed" in run("spool", "trim", "--from", second.spool, "--keep", 1, "--dry-run").stdout


def test_a_lake_that_knows_another_spool_by_this_name_has_committed_nothing_of_it(two):
    first, second = two
    first.stream()
    second.stream(code=4)
    assert json.loads(run("spool", "log", "--from", second.spool, "--json").stdout)["lakes"] == []
    done = run("spool", "trim", "--from", second.spool, "--lake", second.lake, "--keep", 1, code=4)
    assert KNOWN.search(done.stderr), done.stderr
    second.stream("--source-name", "b")
    assert "would be removed" in run("spool", "trim", "--from", second.spool, "--keep", 1, "--dry-run").stdout


def test_the_same_log_under_another_id_goes_on_when_a_person_says_so(tmp_path):
    """A spool of 0.1.0 that was restored from a backup of the time before it had an id."""
    job = Job(tmp_path, events=1000)
    as_of_0_1_spool(job)
    job.stream()
    (spool_folder(job) / "spool.id").unlink()
    run("generate", "--seed", 9, "--events", 500, "--start", "2026-05-01", "--days", 1, "--out", job.spool)
    said = job.stream(code=4).stderr
    assert "--same-log" in said
    run("lake", "adopt", "--from", job.spool, "--lake", job.lake, code=4)
    run("lake", "adopt", "--from", job.spool, "--lake", job.lake, "--same-log")
    job.stream()
    assert job.audit()["ok"]
    known = (spool_folder(job) / "spool.id").read_text()
    # Whether the mark of the new id is above or below that of the old one.
    for digit in "0123":
        (spool_folder(job) / "spool.id").write_text(digit * 32 + "\n")
        assert known.strip() in job.stream(code=4).stderr, "the newest id is named"
        run("lake", "adopt", "--from", job.spool, "--lake", job.lake, "--same-log")
        job.stream()
        known = digit * 32
