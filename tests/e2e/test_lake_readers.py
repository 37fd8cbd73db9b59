"""The lake as other people's programs read it: deltalake, DuckDB's delta_scan, DuckDB and pyarrow on the plain Parquet
files. Before and after compaction, vacuum and a checkpoint all of them must see the same events with the same types."""

import datetime
import decimal
import json
import os
import pathlib
import shutil
import subprocess
import time

import deltalake
import duckdb
import pyarrow
import pyarrow.parquet
import pytest
from rcml_program import DEPS, Job, check_lake, lake_column, run

READER_PYTHON = DEPS / "reader-tools/bin/python"
MICROS = pyarrow.timestamp("us", tz="UTC")
TEXTS = ["event_id", "customer_id", "session_id", "event_type", "page", "utm_campaign", "device", "geo_city", "source",
         "anonymous_id", "product_id", "order_id", "extra"]  # fmt: skip
FILE_TYPES = {
    **{name: pyarrow.string() for name in TEXTS},
    "event_ts": MICROS,
    "revenue": pyarrow.decimal128(12, 2),
    "source_partition": pyarrow.int32(),
    "source_offset": pyarrow.int64(),
    "ingested_at": MICROS,
}
DUCKDB_TYPES = {
    **dict.fromkeys(TEXTS, "VARCHAR"),
    "event_ts": "TIMESTAMP WITH TIME ZONE",
    "revenue": "DECIMAL(12,2)",
    "source_partition": "INTEGER",
    "source_offset": "BIGINT",
    "ingested_at": "TIMESTAMP WITH TIME ZONE",
}
DELTA_SCAN = """
import json, pathlib, sys
import duckdb, duckdb_extension_delta
(extension,) = pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension")
connection = duckdb.connect()
connection.execute(f"load '{extension}'")
table = f"delta_scan('{sys.argv[1]}')"
types = dict(row[:2] for row in connection.execute(f"describe select * from {table}").fetchall())
rows = connection.execute(f"select source_partition, source_offset, event_id, epoch_us(event_ts), revenue::varchar, dt::varchar from {table}")
json.dump({"types": types, "rows": rows.fetchall()}, sys.stdout)
"""


def clicks(job):
    return job.lake / "bronze/clicks"


def live_files(job):
    return sorted(clicks(job) / path for path in deltalake.DeltaTable(str(clicks(job))).file_uris())


def by_deltalake(job):
    table = deltalake.DeltaTable(str(clicks(job))).to_pyarrow_table()
    types = {field.name: field.type for field in table.schema}
    assert types == {**FILE_TYPES, "dt": pyarrow.date32()}
    table = table.set_column(
        table.schema.get_field_index("event_ts"), "event_ts", table["event_ts"].cast(pyarrow.int64())
    )
    return sorted((row["source_partition"], row["source_offset"], row["event_id"], row["event_ts"],
                   None if row["revenue"] is None else str(row["revenue"]), str(row["dt"])) for row in table.to_pylist())  # fmt: skip


def by_delta_scan(job):
    if not READER_PYTHON.exists():
        pytest.skip("DuckDB's delta extension is not installed: tools/setup.sh installs it")
    done = subprocess.run([READER_PYTHON, "-c", DELTA_SCAN, clicks(job)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["types"] == {**DUCKDB_TYPES, "dt": "DATE"}
    return sorted(tuple(row) for row in found["rows"])


def by_plain_parquet(files, has_partitions):
    """Of files named one by one. With partitions dt comes from the path; without, the files must not hold it."""
    source = f"read_parquet({[str(path) for path in files]}, hive_partitioning={has_partitions})"
    dt = "dt" if has_partitions else "(event_ts at time zone 'UTC')::date"
    with duckdb.connect() as connection:
        types = dict(row[:2] for row in connection.execute(f"describe select * from {source}").fetchall())
        assert types == ({**DUCKDB_TYPES, "dt": "DATE"} if has_partitions else DUCKDB_TYPES)
        sql = f"select source_partition, source_offset, event_id, epoch_us(event_ts), revenue::varchar, ({dt})::varchar from {source}"
        return sorted(connection.execute(sql).fetchall())


def page_type(path, offset):
    """Of the page header there: its first field in Thrift's compact form. 0 is a v1 data page, 3 a v2 one."""
    with open(path, "rb") as file:
        file.seek(offset)
        tag, zigzag = file.read(2)
    assert tag == 0x15
    return zigzag >> 1


def check_format(path):
    file = pyarrow.parquet.ParquetFile(path)
    assert {field.name: field.type for field in file.schema_arrow} == FILE_TYPES
    for name in ("event_ts", "ingested_at"):
        column = file.schema.column(file.schema_arrow.names.index(name))
        assert column.physical_type == "INT64"
        assert "timeUnit=microseconds" in str(column.logical_type)
    metadata = file.metadata
    for group in range(metadata.num_row_groups):
        for index in range(metadata.num_columns):
            column = metadata.row_group(group).column(index)
            assert set(column.encodings) <= {"PLAIN", "RLE", "RLE_DICTIONARY", "PLAIN_DICTIONARY"}, column
            assert column.compression == "ZSTD"
            assert page_type(path, column.data_page_offset) == 0, column
    # A group far below the target of 64 MB is only ever the last of its file.
    for group in range(metadata.num_row_groups - 1):
        assert metadata.row_group(group).total_byte_size > 16 << 20


def check_all_readers(job):
    files = live_files(job)
    for path in files:
        check_format(path)
    rows = by_deltalake(job)
    assert by_delta_scan(job) == rows
    assert by_plain_parquet(files, True) == rows
    assert by_plain_parquet(files, False) == rows
    return rows


def age(job, days):
    """As if all files had been written some days ago."""
    then = time.time() - days * 86_400
    for path in job.lake.rglob("*"):
        os.utime(path, (then, then))


def test_every_reader_sees_the_same_before_and_after_maintenance(tmp_path):
    job = Job(tmp_path, events=20_000, profile="hostile", partitions=2)
    job.stream("--flush-rows-max", "2k")
    check_lake(job)
    many = live_files(job)
    rows = check_all_readers(job)

    run("lake", "compact", "--lake", job.lake)
    few = live_files(job)
    dts = {path.parent for path in few}
    assert len(few) == len(dts) < len(many)
    assert check_all_readers(job) == rows

    age(job, days=8)
    planned = run("lake", "vacuum", "--lake", job.lake, "--dry-run").stdout
    assert all(path.exists() for path in many)
    run("lake", "vacuum", "--lake", job.lake)
    assert sorted(clicks(job).glob("dt=*/*.parquet")) == few
    assert all(path.name in planned for path in set(many) - set(few))
    assert check_all_readers(job) == rows

    run("lake", "checkpoint", "--lake", job.lake)
    assert (clicks(job) / "_delta_log/_last_checkpoint").exists()
    assert check_all_readers(job) == rows
    # With nothing unnamed left, a glob over the dates is the lake.
    assert by_plain_parquet([clicks(job) / "dt=*/*.parquet"], True) == rows

    check_lake(job)
    assert job.audit()["ok"]
    state = json.loads(run("lake", "log", "--lake", job.lake, "--json").stdout)
    assert state["clicks"]["rows"] == len(rows)
    assert state["clicks"]["files"] == len(few)
    # One version for each date that had several files; the loader passes these over.
    assert [version["data_change"] for version in state["clicks"]["versions"]].count(False) == len(set(few) - set(many))
    # The stream goes on where it was.
    job.stream()
    assert len(by_deltalake(job)) == len(rows)


def test_exact_values_and_a_column_that_is_null_in_one_file_only(tmp_path):
    def event(number, day, **more):
        return {
            "event_id": f"e{number}",
            "event_type": "purchase",
            "event_ts": f"2026-03-{day:02}T10:00:00.{number:06}Z",
            **more,
        }

    events = [event(123457, 1, revenue=19.99), event(1, 1), event(999999, 2, utm_campaign="x", revenue=-0.01)]
    source = tmp_path / "events.ndjson"
    source.write_text("".join(json.dumps(event) + "\n" for event in events))
    job = Job(tmp_path)
    run("import", source, "--format", "ndjson", "--out", job.spool)
    job.stream()
    assert len(live_files(job)) == 2
    rows = check_all_readers(job)
    assert [(row[2], row[3] % 1_000_000, row[4], row[5]) for row in rows] == [
        ("e123457", 123457, "19.99", "2026-03-01"), ("e1", 1, None, "2026-03-01"), ("e999999", 999999, "-0.01", "2026-03-02")]  # fmt: skip
    read = [pyarrow.parquet.read_table(path, partitioning=None) for path in live_files(job)]
    union = pyarrow.concat_tables(read)
    assert [table["utm_campaign"].to_pylist() for table in read] == [[None, None], ["x"]]
    assert union["event_ts"][0].as_py() == datetime.datetime(2026, 3, 1, 10, 0, 0, 123457, datetime.UTC)
    assert union["revenue"].to_pylist() == [decimal.Decimal("19.99"), None, decimal.Decimal("-0.01")]


def tree(folder):
    return {path: (path.stat().st_size, path.stat().st_mtime_ns) for path in pathlib.Path(folder).rglob("*")}


def check_refused(job, *words):
    """Every command that would read or write the lake says why not and touches nothing."""
    before = tree(job.lake)
    commands = [job.stream_arguments(), ["load", "--lake", job.lake, "--warehouse", job.warehouse],
                ["lake", "compact", "--lake", job.lake], ["lake", "vacuum", "--lake", job.lake], ["rejects", "list", "--lake", job.lake]]  # fmt: skip
    for command in commands:
        done = run(*command, code=2)
        for word in words:
            assert word in done.stderr, done.stderr
    assert tree(job.lake) == before


def test_a_table_of_a_newer_version_is_refused_and_left_alone(tmp_path):
    job = Job(tmp_path, events=1_000)
    job.stream()
    log = clicks(job) / "_delta_log"
    newest = max(int(path.stem) for path in log.glob("*.json"))
    protocol = {"minReaderVersion": 3, "minWriterVersion": 7, "readerFeatures": ["timeTravelToTheFuture"],
                "writerFeatures": ["timeTravelToTheFuture"]}  # fmt: skip
    (log / f"{newest + 1:020}.json").write_text(json.dumps({"protocol": protocol}) + "\n")
    check_refused(job, "timeTravelToTheFuture", str(clicks(job)))


def test_a_table_of_another_schema_is_refused_and_left_alone(tmp_path):
    job = Job(tmp_path, events=1_000)
    job.stream()
    shutil.rmtree(clicks(job))
    deltalake.write_deltalake(str(clicks(job)), pyarrow.table({"event_id": ["a"], "price": [1.5], "dt": ["2026-03-01"]}),
                              partition_by=["dt"])  # fmt: skip
    check_refused(job, "has another schema", "price", str(clicks(job)))


def test_a_folder_that_is_no_lake_is_named_and_left_empty(tmp_path):
    folder = tmp_path / "photos"
    folder.mkdir()
    for command in (
        ["lake", "log"],
        ["lake", "compact"],
        ["lake", "vacuum"],
        ["lake", "checkpoint"],
        ["rejects", "list"],
        ["rejects", "show", "0", "1"],
    ):
        assert str(folder) in run(*command, "--lake", folder, code=2).stderr
    assert tree(folder) == {}


def test_two_logs_in_one_lake_stay_apart_when_their_files_are_merged(tmp_path):
    """Positions of two logs meet; only a file's name tells whose they are, and merging must not lose it."""
    first = Job(tmp_path / "first", events=3_000, profile="hostile", partitions=2)
    run("generate", "--seed", 8, "--start", "2026-03-01", "--days", 3, "--events", 2_000, "--profile", "hostile",
        "--partitions", 2, "--out", f"spool:{tmp_path}/other")  # fmt: skip
    logs = [first.spool, f"spool:{tmp_path}/other"]
    for log in logs:
        run("stream", "--from", log, "--lake", first.lake, "--drain", "--flush-rows-max", "500")
    before = sorted(lake_column(first.lake, "event_id"))
    merged = run("lake", "compact", "--lake", first.lake).stdout
    assert sorted(lake_column(first.lake, "event_id")) == before
    assert run("lake", "compact", "--lake", first.lake).stdout != merged, "the second finds nothing left to merge"
    for log in logs:
        run("audit", "--from", log, "--lake", first.lake)
