"""What a real Spark does to a lake with SQL, deletion vectors among it: the next load leaves exactly the lake's rows in the
warehouse, and the audit agrees. The steps of delta-rs are in tests/faults/test_foreign_writers.py."""

import json

import deletion_vectors
import pytest
from foreign_writers import SEQUENCES, DuckdbTarget, LocalLake, VectorSequence, make_spools, run_sequences
from rcml_program import Job, run
from spark_sql import SparkError, SparkSql


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    session = SparkSql(tmp_path_factory.mktemp("spark") / "spark.log")
    yield session
    session.close()


class SparkSequence(VectorSequence):
    """Everything foreign is done by Spark, on a table with deletion vectors."""

    spark = None

    def __init__(self, *arguments):
        super(VectorSequence, self).__init__(*arguments)
        self.sql("alter table {} set tblproperties ('delta.enableDeletionVectors' = true)")

    def sql(self, statement):
        return self.spark.run(statement.format(f"delta.`{self.folder}`"))

    def delete(self):
        self.sql(f"delete from {{}} where {self.some()}")

    def update(self):
        self.sql(f"update {{}} set geo_city = 'city {len(self.done)}' where {self.some()}")

    def merge(self):
        source = f"(select * from {{0}} where {self.some()} limit 4)"
        then = self.random.choice(["delete", "update set page = '/merged'"])
        self.sql(f"merge into {{0}} t using {source} s on t.source_offset = s.source_offset and t.event_id = s.event_id "
                 f"when matched then {then}")  # fmt: skip

    def restore(self):
        newest = int(deletion_vectors.commits(self.folder)[-1].stem)
        try:
            self.sql(f"restore table {{}} to version as of {self.random.randint(max(2, newest - 8), newest)}")
        except SparkError as error:
            assert "missing" in str(error).lower() or "not exist" in str(error).lower(), error
            self.done[-1] += " (refused)"

    def optimize(self):
        self.sql("optimize {}")

    def purge(self):
        self.sql("reorg table {} apply (purge)")

    def foreign_append(self):
        self.sql(f"insert into {{0}} select * from {{0}} where {self.some()} limit 5")

    def foreign_vacuum(self):
        self.sql("vacuum {} retain 0 hours")

    def chances(self):
        return {self.append: 3, self.delete: 5, self.update: 2, self.merge: 2, self.restore: 2, self.optimize: 2,
                self.purge: 1, self.foreign_append: 1, self.foreign_vacuum: 1, self.compact: 2, self.killed_load: 2,
                self.load: 3, self.replace_dates: 1}  # fmt: skip


def test_a_load_leaves_the_lakes_rows_whatever_spark_did_to_it(spark, tmp_path):
    SparkSequence.spark = spark
    run_sequences(SparkSequence, make_spools(tmp_path), tmp_path, max(1, SEQUENCES // 20), lambda folder, _: LocalLake(folder),
                  lambda folder, _: DuckdbTarget(folder))  # fmt: skip


def test_what_spark_sets_and_rcml_cannot_honour_is_refused_by_name(spark, tmp_path):
    for number, (setting, named, may_load) in enumerate([
        ("'delta.columnMapping.mode' = 'name'", "delta.columnMapping.mode", False),
        ("'delta.setTransactionRetentionDuration' = 'interval 1 days'", "delta.setTransactionRetentionDuration", True),
    ]):  # fmt: skip
        job = Job(tmp_path / str(number), events=500)
        job.stream()
        table = job.lake / "bronze/clicks"
        spark.run(f"alter table delta.`{table}` set tblproperties ({setting})")
        before = sorted(table.rglob("*"))
        said = job.stream(code=2).stderr
        assert named in said and str(table) in said
        assert sorted(table.rglob("*")) == before
        load = job.load(code=0 if may_load else 2)
        assert may_load or named in load.stderr
        if may_load:
            run("audit", "--lake", job.lake, "--warehouse", job.warehouse)


def test_rejects_that_spark_rewrote_can_be_read_and_replayed(spark, tmp_path):
    """Spark writes times as INT96 unless it is told otherwise."""
    job = Job(tmp_path, events=3_000, profile="hostile")
    job.stream()
    table = job.lake / "bronze/rejects"
    before = run("rejects", "list", "--lake", job.lake, "--newest", 1000).stdout
    spark.run(f"update delta.`{table}` set detail = detail where true")
    assert run("rejects", "list", "--lake", job.lake, "--newest", 1000).stdout == before
    run("rejects", "replay", "--lake", job.lake, "--ts-past-max", "10000d", "--ts-future-max", "10000d")
    job.load()
    run("audit", "--lake", job.lake, "--warehouse", job.warehouse)


def test_the_lowest_protocol_is_raised_by_spark_and_rcml_goes_on(spark, tmp_path):
    job = Job(tmp_path, events=500)
    job.stream("--flush-rows-max", "200")
    table = job.lake / "bronze/clicks"
    spark.run(f"alter table delta.`{table}` set tblproperties ('delta.enableDeletionVectors' = true)")
    spark.run(f"delete from delta.`{table}` where source_offset % 10 = 0")
    assert any("deletionVector" in add for add in deletion_vectors.live_adds(table).values())
    run("lake", "compact", "--lake", job.lake)
    job.load()
    state = json.loads(run("lake", "log", "--lake", job.lake, "--json").stdout)
    rows = spark.run(f"select count(*) as n from delta.`{table}`")[0]["n"]
    assert state["clicks"]["rows"] == rows
    run("audit", "--lake", job.lake, "--warehouse", job.warehouse)
