"""An audit goes on from what an earlier one has proven, and never overlooks what a full one finds."""

import json
import shutil

import deltalake
import duckdb
import pytest
from rcml_program import Job, run

CHECKS = ("offsets", "files.raw_clicks", "files.raw_rejects")


@pytest.fixture
def job(tmp_path):
    job = Job(tmp_path, events=2_000, profile="hostile")
    job.stream()
    come_more(job, seed=3, start="2026-03-01")
    job.load()
    return job


def clicks(job):
    return deltalake.DeltaTable(str(job.lake / "bronze/clicks"))


def audit(job, *more, code=0):
    done = run(
        "audit", "--from", job.spool, "--lake", job.lake, "--warehouse", job.warehouse, "--json", *more, code=code
    )
    report = json.loads(done.stdout)
    report["stderr"] = done.stderr
    return report


def went_on(report):
    """The checks that went on from a proof."""
    return [note.split(":")[0] for note in report["notes"]]


def come_more(job, events=400, seed=9, start="2026-03-05"):
    run("generate", "--seed", seed, "--start", start, "--days", 1, "--events", events, "--profile", "hostile",
        "--out", job.spool)  # fmt: skip
    job.stream("--flush-rows-max", "200", "--encoders", "1")


def proof_files(job):
    return sorted((job.lake / "_proof").rglob("*.json"))


def test_the_next_audit_goes_on_and_a_full_one_agrees(job):
    assert went_on(audit(job)) == []
    assert went_on(audit(job)) == list(CHECKS)
    come_more(job)
    after = audit(job)
    assert went_on(after) == list(CHECKS)
    assert "rows still to load" in after["checks"][1]["summary"]
    job.load()
    after = audit(job)
    assert went_on(after) == list(CHECKS)
    full = audit(job, "--full")
    assert went_on(full) == []
    assert after["partitions"] == full["partitions"]
    assert after["checks"] == full["checks"]
    assert len(proof_files(job)) == 1, "older proofs are removed"


def test_old_files_are_not_read_again_unless_everything_is(job):
    audit(job)
    come_more(job)
    job.load()
    oldest = min(job.lake.glob("bronze/clicks/dt=*/*.parquet"), key=lambda path: path.stat().st_mtime_ns)
    oldest.rename(oldest.with_suffix(".away"))
    assert went_on(audit(job)) == list(CHECKS)
    done = run("audit", "--from", job.spool, "--lake", job.lake, "--full", code=3)
    assert oldest.name in done.stdout + done.stderr


def test_rows_that_are_deleted_or_doubled_after_a_proof_are_named(job):
    audit(job)
    table = clicks(job)
    version = table.version()
    table.delete("source_offset % 2 = 0")
    report = audit(job, code=4)
    assert sum(account["missing"] for account in report["partitions"]) > 0
    table.restore(version)
    assert sum(account["missing"] for account in audit(job)["partitions"]) == 0
    rows = clicks(job).to_pyarrow_table()
    deltalake.write_deltalake(clicks(job), rows.slice(0, 3), mode="append")
    assert sum(account["doubled"] for account in audit(job, code=4)["partitions"]) == 3


def test_a_merge_of_files_is_gone_along_with_and_a_swept_one_costs_a_full_audit(job):
    audit(job)
    come_more(job)
    job.load()
    run("lake", "compact", "--lake", job.lake)
    job.load()
    assert went_on(audit(job)) == list(CHECKS)
    clicks(job).optimize.compact(target_size=1 << 30)
    clicks(job).optimize.z_order(["event_id"])
    clicks(job).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    job.load()
    report = audit(job)
    assert "offsets" not in went_on(report)
    assert report["ok"]


def test_a_merge_that_exchanges_rows_is_not_believed(job):
    """As many rows as before, and other ones."""
    audit(job)
    log = job.lake / "bronze/clicks/_delta_log"
    before = clicks(job).version()
    clicks(job).optimize.compact(target_size=1 << 30)
    version = clicks(job).version()
    assert version == before + 1
    commit = log / f"{version:020}.json"
    actions = [json.loads(line) for line in commit.read_text().splitlines()]
    path = next(action["add"]["path"] for action in actions if "add" in action)
    file = job.lake / "bronze/clicks" / path
    with duckdb.connect() as connection:
        connection.execute(f"create table t as select * from read_parquet('{file}', hive_partitioning = false)")
        connection.execute("update t set source_offset = (select max(source_offset) from t) "
                           "where source_offset = (select min(source_offset) from t)")  # fmt: skip
        connection.execute(f"copy t to '{file}' (format parquet)")
    report = audit(job, code=4)
    assert sum(account["missing"] for account in report["partitions"]) == 1


@pytest.mark.parametrize("text", ["", "{}", "not json", None])
def test_a_damaged_proof_costs_a_full_audit_and_nothing_else(job, text):
    audit(job)
    (proof,) = proof_files(job)
    whole = proof.read_text()
    proof.write_text(whole.replace('"committed', '"x').replace(",0,", ",1,", 1) if text is None else text)
    report = audit(job)
    assert "offsets" not in went_on(report)
    assert "cannot be used" in report["stderr"] and proof.name in report["stderr"]
    assert went_on(audit(job)) == list(CHECKS)


def test_where_no_proof_can_be_kept_everything_is_audited_each_time(job):
    (job.lake / "_proof").write_text("in the way")
    for _ in range(2):
        report = audit(job)
        assert "offsets" not in went_on(report)
        assert "cannot be kept" in report["stderr"]


@pytest.mark.parametrize("harm", [
    "delete from raw.raw_clicks where dt = (select min(dt) from raw.raw_clicks) and source_offset % 3 = 0",
    "update raw.raw_clicks set dt = dt + 1 where event_id = (select min(event_id) from raw.raw_clicks)",
    "delete from raw.load_ledger where file_path = (select min(file_path) from raw.load_ledger)",
    "delete from raw.raw_clicks where dt = '2026-03-05'; delete from raw.load_ledger where file_path like '%2026-03-05%'",
    "update raw.load_ledger set row_count = row_count + 1 where file_path = (select min(file_path) from raw.load_ledger)",
])  # fmt: skip
def test_a_warehouse_changed_by_hand_is_found_after_a_proof(job, harm):
    audit(job)
    come_more(job)
    job.load()
    with duckdb.connect(str(job.file)) as connection:
        connection.execute(harm)
    audit(job, code=4)
    audit(job, "--full", code=4)


def test_half_a_proof_in_the_warehouse_is_none(job):
    audit(job)
    with duckdb.connect(str(job.file)) as connection:
        connection.execute(
            "delete from raw.load_proof where dt = (select max(dt) from raw.load_proof where table_name = 'raw_clicks')"
        )
    assert "files.raw_clicks" not in went_on(audit(job))
    assert went_on(audit(job)) == list(CHECKS)


def test_a_history_that_was_cleaned_up_behind_the_proof_is_not_missed(job):
    audit(job)
    run("lake", "checkpoint", "--lake", job.lake)
    for name in ("clicks", "rejects"):
        log = job.lake / f"bronze/{name}/_delta_log"
        newest = max(int(path.name[:20]) for path in log.glob("*.checkpoint.parquet"))
        for path in log.glob("*.json"):
            if int(path.stem) < newest:
                path.unlink()
    come_more(job)
    job.load()
    assert went_on(audit(job)) == list(CHECKS)


def test_a_lake_that_was_created_again_is_not_taken_for_the_proven_one(job):
    audit(job)
    proofs = job.lake.parent / "proofs"
    shutil.copytree(job.lake / "_proof", proofs)
    shutil.rmtree(job.lake)
    job.stream("--flush-rows-max", "100", "--encoders", "1")
    shutil.copytree(proofs, job.lake / "_proof")
    report = json.loads(run("audit", "--from", job.spool, "--lake", job.lake, "--json").stdout)
    assert report["notes"] == []


def test_replayed_rejects_are_told_from_doubled_rows_after_a_proof(job):
    audit(job)
    before = audit(job)["partitions"]
    run("rejects", "replay", "--lake", job.lake, "--ts-past-max", "10000d", "--ts-future-max", "10000d")
    job.load()
    report = audit(job)
    assert report["ok"]
    assert sum(account["replayed"] for account in report["partitions"]) >= sum(
        account["replayed"] for account in before
    )
    assert went_on(audit(job)) == list(CHECKS)


def test_a_file_that_was_lost_from_a_date_that_goes_on_is_not_missed(job):
    """Its rows and its line: the two still agree, and the next load does not know."""
    audit(job)
    with duckdb.connect(str(job.file)) as connection:
        (path, dt) = connection.execute("select min(file_path), min(file_path)[11:20] from raw.load_ledger where file_path like 'clicks/%'").fetchone()  # fmt: skip
        connection.execute("delete from raw.load_ledger where file_path = ?", [path])
        rows = duckdb.read_parquet(str(job.lake / "bronze" / path), connection=connection).select("source_offset")  # noqa: F841
        connection.execute("delete from raw.raw_clicks where source_offset in (select source_offset from rows)")
    come_more(job, seed=4, start=dt)
    job.load()
    for more in ([], [], ["--full"]):
        report = audit(job, *more, code=4)
        assert path.removeprefix("clicks/") in json.dumps(report["findings"])


def test_a_file_that_came_and_was_merged_and_swept_costs_a_full_audit(job):
    audit(job)
    come_more(job)
    clicks(job).optimize.compact(target_size=1 << 30)
    clicks(job).vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    job.load()
    assert "offsets" not in went_on(audit(job))
    assert "offsets" in went_on(audit(job))


def test_a_lake_that_was_put_back_and_went_another_way_is_not_believed(job):
    """A backup of the tables, but not of the proofs; the versions grow beyond the proof's again."""
    backup = job.root / "backup"
    shutil.copytree(job.lake / "bronze", backup)
    come_more(job)
    audit(job)
    shutil.rmtree(job.lake / "bronze")
    shutil.copytree(backup, job.lake / "bronze")
    rows = clicks(job).to_pyarrow_table()
    for _ in range(4):
        deltalake.write_deltalake(clicks(job), rows.slice(0, 1), mode="append")
    job.stream()
    report = json.loads(run("audit", "--from", job.spool, "--lake", job.lake, "--json", code=4).stdout)
    assert sum(account["doubled"] for account in report["partitions"]) == 1
