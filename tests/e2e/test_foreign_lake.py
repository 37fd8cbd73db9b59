"""What other programs do to a lake, one thing a test: the rows stay exact, or the thing is refused by its name."""

import json
import shutil
import subprocess

import deltalake
import duckdb
import pytest
from deletion_vectors import allow_vectors, commit, commits, delete_rows, live_adds
from rcml_program import DEPS, Job, run

READER_PYTHON = DEPS / "reader-tools/bin/python"
DELTA_SCAN = """
import json, pathlib, sys
import duckdb, duckdb_extension_delta
(extension,) = pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension")
connection = duckdb.connect()
connection.execute("set enable_progress_bar = false")  # It would be printed among the rows on a slow machine.
connection.execute(f"load '{extension}'")
rows = connection.execute(f"select event_id, source_offset from delta_scan('{sys.argv[1]}')").fetchall()
json.dump(sorted(rows), sys.stdout)
"""


def clicks(job):
    return job.lake / "bronze/clicks"


def lake_rows(job):
    """By DuckDB's delta extension, which knows deletion vectors."""
    done = subprocess.run([READER_PYTHON, "-c", DELTA_SCAN, clicks(job)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return [tuple(row) for row in json.loads(done.stdout)]


def loaded_rows(job):
    with duckdb.connect(str(job.file), read_only=True) as connection:
        return sorted(connection.execute("select event_id, source_offset from raw.raw_clicks").fetchall())


def ledger(job):
    with duckdb.connect(str(job.file), read_only=True) as connection:
        return dict(
            connection.execute("select file_path, row_count from raw.load_ledger where row_count > 0").fetchall()
        )


def check_loaded(job, **options):
    """A load, and everything agrees."""
    job.load(**options)
    rows = lake_rows(job)
    assert loaded_rows(job) == rows
    run("audit", "--lake", job.lake, "--warehouse", job.warehouse)
    return rows


def streamed(root, **more):
    """Each date has two files."""
    job = Job(root, events=1_500, **more)
    job.stream()
    run("generate", "--seed", 9, "--start", "2026-03-01", "--days", 3, "--events", 500, "--out", job.spool)
    job.stream()
    return job


def stream_more(job, *flags):
    """Another log into the same lake. Returns how many rows and rejects came."""
    run("generate", "--seed", 8, "--start", "2026-03-01", "--days", 3, "--events", 1_000, "--out", f"spool:{job.root}/more")  # fmt: skip
    before = lake_counts(job)
    run("stream", "--from", f"spool:{job.root}/more", "--lake", job.lake, "--drain", *flags)
    return lake_counts(job) - before


def lake_counts(job):
    return sum(json.loads(add["stats"])["numRecords"] for name in ("clicks", "rejects")
               for add in live_adds(job.lake / "bronze" / name).values())  # fmt: skip


def change_metadata(job, **properties):
    """As ALTER TABLE … SET TBLPROPERTIES."""
    metadata = [json.loads(line)["metaData"] for line in commits(clicks(job))[0].read_text().splitlines() if "metaData" in line][0]  # fmt: skip
    metadata["configuration"] |= properties
    commit(clicks(job), [{"metaData": metadata}])


def test_rows_that_a_deletion_vector_takes_out_are_not_loaded_and_leave_a_loaded_date(tmp_path):
    job = streamed(tmp_path)
    allow_vectors(clicks(job))
    first, second, *_ = sorted(live_adds(clicks(job)))
    delete_rows(clicks(job), first, [0, 2, 5])
    left = job.root / "clicks.duckdb.passing"
    left.mkdir()
    (left / "of a load that was killed").touch()
    rows = check_loaded(job)
    assert not left.exists(), "copies go away"
    assert len(rows) == sum(json.loads(add["stats"])["numRecords"] for add in live_adds(clicks(job)).values()) - 3
    delete_rows(clicks(job), second, [1])
    delete_rows(clicks(job), first, [0, 2, 5, 6])
    assert len(check_loaded(job)) == len(rows) - 2
    # As many rows as before, and other ones: only the vector's name tells.
    delete_rows(clicks(job), first, [0, 2, 5, 7])
    assert check_loaded(job) != rows


def test_compaction_leaves_deleted_rows_behind(tmp_path):
    job = streamed(tmp_path)
    allow_vectors(clicks(job))
    for path in sorted(live_adds(clicks(job)))[:3]:
        delete_rows(clicks(job), path, [1, 3])
    rows = check_loaded(job)
    run("lake", "compact", "--lake", job.lake)
    assert not any("deletionVector" in add for add in live_adds(clicks(job)).values())
    assert lake_rows(job) == rows
    assert "0 rows of 0 files loaded" in job.load().stdout, "the same rows have other names"
    assert check_loaded(job) == rows


def test_a_lake_restored_before_the_first_load_is_loaded_whole(tmp_path):
    job = streamed(tmp_path)
    table = deltalake.DeltaTable(str(clicks(job)))
    full, before = table.to_pyarrow_table().num_rows, table.version()
    table.delete("source_offset % 2 = 0")
    table.restore(before)
    assert len(check_loaded(job)) == full


def test_changes_after_a_compaction_are_followed_without_hands(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    run("lake", "compact", "--lake", job.lake)
    table = deltalake.DeltaTable(str(clicks(job)))
    table.delete("source_offset % 5 = 0")
    fewer = check_loaded(job)
    assert all(offset % 5 for _, offset in fewer)
    table.update_incremental()
    table.update(updates={"geo_city": "'elsewhere'"}, predicate="dt = '2026-03-02'")
    assert check_loaded(job) == fewer
    with duckdb.connect(str(job.file), read_only=True) as connection:
        cities = connection.execute("select distinct geo_city from raw.raw_clicks where dt = '2026-03-02'").fetchall()
    assert cities == [("elsewhere",)]


def test_a_compaction_of_loaded_files_changes_no_row_and_one_that_ran_ahead_costs_its_own_files(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    run("lake", "compact", "--lake", job.lake)
    assert "0 rows of 0 files loaded" in job.load().stdout
    compacted = {f"clicks/{path}" for path in live_adds(clicks(job))}
    assert compacted <= set(ledger(job)), "the ledger names what is live"
    new = stream_more(job, "--flush-rows-max", "100")
    # By a program that merges the files of all logs.
    deltalake.DeltaTable(str(clicks(job))).optimize.compact()
    assert new > 0
    assert job.load().stdout.startswith(f"{new} rows"), "not the dates, only what was new"
    check_loaded(job)


def test_a_lake_that_was_swept_before_the_load_is_loaded_from_what_is_live(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    stream_more(job)
    table = deltalake.DeltaTable(str(clicks(job)))
    table.optimize.compact()
    table.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)
    check_loaded(job)


def test_a_file_without_statistics_is_counted(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    table = deltalake.DeltaTable(str(clicks(job)))
    deltalake.write_deltalake(table, table.to_pyarrow_table().slice(0, 7), mode="append")
    newest = commits(clicks(job))[-1]
    actions = [json.loads(line) for line in newest.read_text().splitlines()]
    for action in actions:
        action.get("add", {}).pop("stats", None)
    newest.write_text("".join(json.dumps(action) + "\n" for action in actions))
    rows = check_loaded(job)
    state = json.loads(run("lake", "log", "--lake", job.lake, "--json").stdout)
    assert state["clicks"]["rows"] == len(rows)
    run("lake", "compact", "--lake", job.lake)
    assert check_loaded(job) == rows


def test_column_mapping_is_refused_by_name_by_every_command(tmp_path):
    job = streamed(tmp_path)
    before = set(clicks(job).rglob("*"))
    map_columns(job)
    commands = [job.stream_arguments(), ["load", "--lake", job.lake, "--warehouse", job.warehouse],
                ["lake", "compact", "--lake", job.lake], ["audit", "--from", job.spool, "--lake", job.lake]]  # fmt: skip
    for command in commands:
        said = run(*command, code=2).stderr
        assert "delta.columnMapping.mode" in said and str(clicks(job)) in said
    assert len(set(clicks(job).rglob("*")) - before) == 1


def test_marks_that_would_age_are_refused_for_writers_and_read_by_others(tmp_path):
    job = streamed(tmp_path)
    change_metadata(job, **{"delta.setTransactionRetentionDuration": "interval 1 days"})
    before = set(clicks(job).rglob("*"))
    for command in (job.stream_arguments(), ["lake", "compact", "--lake", job.lake], ["lake", "checkpoint", "--lake", job.lake]):  # fmt: skip
        said = run(*command, code=2).stderr
        assert "delta.setTransactionRetentionDuration" in said and "UNSET TBLPROPERTIES" in said
    assert set(clicks(job).rglob("*")) == before
    check_loaded(job)


def map_columns(job):
    """As ALTER TABLE … SET TBLPROPERTIES ('delta.columnMapping.mode' = 'name'): files keep the names that they have."""
    metadata = [json.loads(line)["metaData"] for line in commits(clicks(job))[0].read_text().splitlines() if "metaData" in line][0]  # fmt: skip
    schema = json.loads(metadata["schemaString"])
    for number, field in enumerate(schema["fields"], 1):
        field["metadata"] = {"delta.columnMapping.id": number, "delta.columnMapping.physicalName": field["name"]}
    metadata["schemaString"] = json.dumps(schema)
    metadata["configuration"] |= {"delta.columnMapping.mode": "name", "delta.columnMapping.maxColumnId": str(len(schema["fields"]))}  # fmt: skip
    commit(clicks(job), [{"protocol": {"minReaderVersion": 2, "minWriterVersion": 5}}, {"metaData": metadata}])


def filtered_and_true(table, column, value):
    """Rows that a filter finds, and rows that have the value."""
    rows = table.to_pyarrow_table()[column].to_pylist()
    return table.to_pyarrow_table(filters=[(column, "=", value)]).num_rows, rows.count(value)


@pytest.mark.parametrize("name", ["clicks", "rejects"])
def test_filters_of_other_readers_find_rows_by_every_column(tmp_path, name):
    job = Job(tmp_path, events=2_000, profile="hostile")
    job.stream("--flush-rows-max", "300", "--encoders", "1")
    table = deltalake.DeltaTable(str(job.lake / "bronze" / name))
    run("lake", "compact", "--lake", job.lake)
    for version in (table, deltalake.DeltaTable(str(job.lake / "bronze" / name))):
        rows = version.to_pyarrow_table()
        for column in rows.schema.names:
            value = next((value for value in rows[column].to_pylist() if value is not None), None)
            if value is None or isinstance(value, bytes):
                continue
            found, true = filtered_and_true(version, column, value)
            assert found == true > 0, column


def test_a_lake_of_rcml_0_1_is_cured_by_the_property_that_new_ones_have(tmp_path):
    """docs/formats/lake.md names this cure."""
    job = streamed(tmp_path)
    first = commits(clicks(job))[0]
    first.write_text(first.read_text().replace('"delta.dataSkippingStatsColumns":"event_ts,source_partition,source_offset"', ""))  # fmt: skip
    table = deltalake.DeltaTable(str(clicks(job)))
    found, true = filtered_and_true(table, "event_type", "page_view")
    assert (found, true > 0) == (0, True)
    table.alter.set_table_properties({"delta.dataSkippingStatsColumns": "event_ts,source_partition,source_offset"})
    found, true = filtered_and_true(deltalake.DeltaTable(str(clicks(job))), "event_type", "page_view")
    assert found == true
    job.stream()
    check_loaded(job)


def test_tables_are_of_the_lowest_protocol(tmp_path):
    job = streamed(tmp_path)
    for name in ("clicks", "rejects"):
        protocol = deltalake.DeltaTable(str(job.lake / "bronze" / name)).protocol()
        assert (protocol.min_reader_version, protocol.min_writer_version) == (1, 2)


def make_old(job, original):
    """The warehouse as rcml 0.1 left it: no table's id, and a ledger of the files that were streamed."""
    with duckdb.connect(str(job.file)) as connection:
        connection.execute("drop table raw.load_origin")
        connection.execute("delete from raw.load_ledger where file_path like 'clicks/%'")
        for path, rows in original.items():
            if path.startswith("clicks/"):
                connection.execute("insert into raw.load_ledger values (?, 1, ?, now()::timestamp)", [path, rows])


def test_a_warehouse_of_rcml_0_1_goes_on(tmp_path):
    """Its ledger names the files that were streamed, which compaction and vacuum have taken since."""
    job = streamed(tmp_path)
    check_loaded(job)
    original = ledger(job)
    run("lake", "compact", "--lake", job.lake)
    assert "0 rows of 0 files" in job.load().stdout
    make_old(job, original)
    run("audit", "--lake", job.lake, "--warehouse", job.warehouse)
    assert "0 rows of 0 files loaded" in job.load().stdout
    assert {path for path in ledger(job) if path.startswith("clicks/")} == {f"clicks/{path}" for path in live_adds(clicks(job))}  # fmt: skip
    check_loaded(job)


def test_what_rcml_0_1_had_doubled_is_mended(tmp_path):
    """L5: it loaded what a deletion after a compaction had rewritten beside the rows that it held already."""
    job = streamed(tmp_path)
    check_loaded(job)
    original = ledger(job)
    run("lake", "compact", "--lake", job.lake)
    compacted = set(live_adds(clicks(job)))
    deltalake.DeltaTable(str(clicks(job))).delete("source_offset % 50 = 0")
    rewritten = {path: add for path, add in live_adds(clicks(job)).items() if path not in compacted}
    assert rewritten
    dates = {path.split("dt=")[1][:10] for path in rewritten}
    make_old(
        job, original | {f"clicks/{path}": json.loads(add["stats"])["numRecords"] for path, add in rewritten.items()}
    )
    with duckdb.connect(str(job.file)) as connection:
        connection.execute("insert into raw.raw_clicks select * from raw.raw_clicks where source_offset % 50 != 0 "
                           "and list_contains(?, dt::varchar)", [sorted(dates)])  # fmt: skip
    check_loaded(job)


def test_a_lake_that_was_created_again_is_refused_until_it_is_loaded_whole(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    before = loaded_rows(job)
    old_id = str(deltalake.DeltaTable(str(clicks(job))).metadata().id)
    shutil.rmtree(job.lake)
    job.stream(
        "--flush-rows-max", "100", "--encoders", "1"
    )  # Longer than the old one: the watermark alone says nothing.
    new_id = str(deltalake.DeltaTable(str(clicks(job))).metadata().id)
    for more in ([], ["--since-version", "0"], ["--replace-dt", "2026-03-01"]):
        said = job.load(*more, code=4).stderr
        assert old_id in said and new_id in said and "--replace-dt all" in said
    said = run("audit", "--lake", job.lake, "--warehouse", job.warehouse, code=4)
    assert old_id in said.stdout + said.stderr
    assert loaded_rows(job) == before
    job.load("--replace-dt", "all")
    check_loaded(job)


def test_a_warehouse_of_rcml_0_1_is_not_taken_over_by_another_lake(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    make_old(job, ledger(job))
    before = loaded_rows(job)
    shutil.rmtree(job.lake)
    job.stream("--flush-rows-max", "100", "--encoders", "1")
    said = job.load(code=4).stderr
    assert "was loaded from another table" in said and "--replace-dt all" in said
    assert loaded_rows(job) == before


def test_a_ledger_that_was_changed_by_hand_is_found_by_the_audit_and_mended(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    with duckdb.connect(str(job.file)) as connection:
        (path,) = connection.execute("select min(file_path) from raw.load_ledger where file_path like 'clicks/%'").fetchone()  # fmt: skip
        connection.execute("delete from raw.load_ledger where file_path = ?", [path])
    said = run("audit", "--lake", job.lake, "--warehouse", job.warehouse, code=4)
    assert path.removeprefix("clicks/") in said.stdout + said.stderr
    job.load("--replace-dt", path.split("dt=")[1][:10])
    check_loaded(job)
    with duckdb.connect(str(job.file)) as connection:
        connection.execute("delete from raw.load_watermark")
    assert "0 rows of 0 files loaded" in job.load().stdout, "without a watermark all is compared"
    check_loaded(job)


def test_a_history_that_was_cleaned_up_stops_neither_load_nor_audit(tmp_path):
    job = streamed(tmp_path)
    check_loaded(job)
    deltalake.DeltaTable(str(clicks(job))).delete("source_offset % 3 = 0")
    run("lake", "compact", "--lake", job.lake)
    run("lake", "checkpoint", "--lake", job.lake)
    newest = max(int(path.name[:20]) for path in (clicks(job) / "_delta_log").glob("*.checkpoint.parquet"))
    for path in commits(clicks(job)):
        if int(path.stem) < newest:
            path.unlink()
    run("audit", "--lake", job.lake, "--warehouse", job.warehouse)
    check_loaded(job)
