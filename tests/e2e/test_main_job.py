"""The main job, end to end, on the embedded default: what goes in is what the marts say."""

import gzip
import json
import shutil

import duckdb
import pytest
from rcml_program import REPO, Job, check_lake, run


def query(job, sql):
    with duckdb.connect(str(job.file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("profile", ["clean", "hostile"])
def test_the_marts_equal_the_truth(tmp_path, profile):
    job = Job(tmp_path, events=40_000, profile=profile, days=5, partitions=3)
    job.stream("--flush-rows-max", "7k")
    check_lake(job)
    job.load()
    done = run("transform", "--warehouse", job.warehouse)
    assert "Completed successfully" in done.stderr and "[0m" not in done.stderr, "a log holds no colours"
    report = job.audit("--warehouse", job.warehouse, "--truth", job.truth_dir)
    assert report["ok"]
    assert {check["name"] for check in report["checks"]} >= {
        "offsets",
        "files.raw_clicks",
        "files.raw_rejects",
        "truth.days",
        "truth.faults",
        "truth.pages",
        "truth.hours",
    }
    assert (tmp_path / "clicks.published.duckdb").exists()
    # A second round finds nothing to do and changes nothing.
    job.stream()
    again = job.load()
    assert "0 rows of 0 files loaded" in again.stdout, again.stdout
    assert job.audit("--warehouse", job.warehouse, "--truth", job.truth_dir)["ok"]


def test_a_figure_that_is_off_by_one_fails_the_audit(tmp_path):
    job = Job(tmp_path, events=5_000, profile="realistic")
    job.stream()
    job.load()
    run("transform", "--warehouse", job.warehouse)
    with duckdb.connect(str(job.file)) as connection:
        connection.execute(
            "update marts.fct_sessions set event_count = event_count + 1 where session_key = "
            "(select min(session_key) from marts.fct_sessions)"
        )
    report = job.audit("--warehouse", job.warehouse, "--truth", job.truth_dir, code=4)
    assert [check["name"] for check in report["checks"] if not check["ok"]] != []
    assert "truth.days" in {finding["check"] for finding in report["findings"]}


def test_a_row_that_was_lost_fails_the_audit_with_its_file(tmp_path):
    job = Job(tmp_path, events=5_000)
    job.stream()
    job.load()
    with duckdb.connect(str(job.file)) as connection:
        connection.execute("delete from raw.raw_clicks where event_id = (select min(event_id) from raw.raw_clicks)")
    report = job.audit("--warehouse", job.warehouse, code=4)
    assert not next(check for check in report["checks"] if check["name"] == "files.raw_clicks")["ok"]


def test_dates_loaded_first_leave_the_others_to_come(tmp_path):
    """What lies above the watermark is still to come, even below a version that is loaded; below it nothing may lack."""
    job = Job(tmp_path, events=6_000, days=3)
    job.stream("--flush-rows-max", "500", "--encoders", "1")
    newest = max(folder.name for folder in (job.lake / "bronze/clicks").glob("dt=*"))[len("dt=") :]
    job.load("--replace-dt", newest)
    assert job.audit("--warehouse", job.warehouse)["ok"]
    job.load()
    assert job.audit("--warehouse", job.warehouse)["ok"]
    with duckdb.connect(str(job.file)) as connection:
        path = connection.execute(
            "select file_path from raw.load_ledger where file_path like 'clicks/%' order by table_version desc limit 1"
        ).fetchone()[0]
        rows = connection.execute(
            "delete from raw.load_ledger where file_path = ? returning row_count", [path]
        ).fetchone()[0]
        connection.execute(
            "delete from raw.raw_clicks where rowid in (select rowid from raw.raw_clicks where dt = ? limit ?)",
            [path.split("dt=")[1][:10], rows],
        )
    report = job.audit("--warehouse", job.warehouse, code=4)
    assert "was never loaded" in report["findings"][0]["text"]


def test_a_lake_made_anew_is_not_taken_for_the_old_one(tmp_path):
    job = Job(tmp_path / "old", events=6_000)
    job.stream("--flush-rows-max", "500", "--encoders", "1")
    job.load()
    anew = Job(tmp_path / "new", events=1_000)
    anew.stream()
    anew.warehouse = job.warehouse
    done = anew.load(code=4)
    assert "--replace-dt all" in done.stderr
    anew.load("--replace-dt", "all")
    assert anew.audit("--warehouse", anew.warehouse)["ok"]


@pytest.mark.parametrize("is_gzipped", [False, True])
def test_the_otto_sample_has_its_known_answers(tmp_path, is_gzipped):
    sample = REPO / "tests/data/otto_sessions.jsonl"
    if is_gzipped:
        packed = tmp_path / "otto.jsonl.gz"
        with open(sample, "rb") as plain, gzip.open(packed, "wb") as out:
            shutil.copyfileobj(plain, out)
        sample = packed
    job = Job(tmp_path)
    run("import", sample, "--format", "otto", "--out", job.spool)
    job.stream()
    job.load()
    assert query(job, "select event_type, count(*) from raw.raw_clicks group by 1 order by 2 desc") == [
        ("product_view", 800),
        ("add_to_cart", 52),
        ("purchase", 10),
    ]
    run("transform", "--warehouse", job.warehouse)
    assert query(job, "select count(*), sum(purchase_count) from marts.fct_sessions") == [(144, 10)]
    assert job.audit("--warehouse", job.warehouse)["ok"]


def test_a_second_import_of_the_same_file_makes_the_same_ids(tmp_path):
    job = Job(tmp_path)
    for _ in range(2):
        run("import", REPO / "tests/data/otto_sessions.jsonl", "--format", "otto", "--out", job.spool)
    job.stream()
    job.load()
    assert query(job, "select count(*), count(distinct event_id) from raw.raw_clicks") == [(1724, 862)]


class TestBadInput:
    def test_wrong_flags_are_all_named_at_once(self):
        done = run("stream", "--frm", "spool:x", "--flush-rows-max", "many", "--codec", "gzip", code=2)
        for word in ("--frm", "--from", "--flush-rows-max", "many", "--codec", "gzip"):
            assert word in done.stderr

    def test_a_missing_spool_is_named_and_nothing_is_made(self, tmp_path):
        done = run("stream", "--from", f"spool:{tmp_path}/none", "--lake", tmp_path / "lake", "--drain", code=2)
        assert f"{tmp_path}/none" in done.stderr
        assert not (tmp_path / "lake").exists()

    def test_a_segment_that_lost_its_end_stops_the_stream(self, tmp_path):
        job = Job(tmp_path, events=2_000)
        sealed = sorted((tmp_path / "spool").glob("0/*.ndjson"))
        victim = sealed[0]
        whole = victim.read_bytes()
        victim.write_bytes(whole[:-1000])
        done = job.stream(code=4)
        assert victim.name in done.stderr
        victim.write_bytes(whole)
        job.stream()
        check_lake(job)

    def test_a_lake_of_a_newer_format_is_refused(self, tmp_path):
        job = Job(tmp_path, events=2_000)
        job.stream()
        log = job.lake / "bronze/clicks/_delta_log"
        last = sorted(log.glob("*.json"))[-1]
        newer = log / f"{int(last.stem) + 1:020d}.json"
        newer.write_text(json.dumps({"protocol": {"minReaderVersion": 99, "minWriterVersion": 99}}) + "\n")
        done = job.stream(code=None)
        assert done.returncode in (2, 4), done.stderr
        assert "99" in done.stderr or "version" in done.stderr
        newer.unlink()
        job.stream()
        check_lake(job)

    def test_a_lake_with_another_schema_is_refused(self, tmp_path):
        job = Job(tmp_path, events=2_000)
        import deltalake
        import pyarrow

        deltalake.write_deltalake(str(job.lake / "bronze/clicks"), pyarrow.table({"something": ["else"]}))
        done = job.stream(code=2)
        assert "event_id" in done.stderr
        assert "something" in done.stderr

    def test_a_transform_without_a_warehouse_says_so(self, tmp_path):
        done = run("transform", "--warehouse", f"duckdb:{tmp_path}/none.duckdb", code=None)
        assert done.returncode in (2, 3, 4)
        assert "none.duckdb" in done.stderr or "load" in done.stderr
