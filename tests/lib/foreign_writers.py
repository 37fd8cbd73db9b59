"""Sequences of what others and rcml do to a lake, with loads between them.

After each load the warehouse is compared with the lake as another reader sees it, and the audit must agree. A sequence is
drawn from a seed; steps are {append by rcml stream, DELETE, UPDATE, MERGE, RESTORE, OPTIMIZE, append and vacuum by delta-rs,
rcml lake compact, rcml lake vacuum, load, load killed at a crash point}, and in VectorSequence deletion vectors."""

import json
import os
import pathlib
import random
import subprocess
import time

import deletion_vectors
import deltalake
import duckdb
import psycopg2
import pyarrow
import pyarrow.compute
import pyarrow.parquet
from rcml_program import DEPS, IS_FULL, SEED, run

SEQUENCES = int(os.environ.get("RCML_FOREIGN_SEQUENCES") or (500 if IS_FULL else 3))
STEPS = 14
SPOOLS = 6
CRASHES = ["load.rows_written", "load.before_ledger", "load.before_commit", "load.after_commit"]
DELTA_SCAN = """
import pathlib, sys
import duckdb, duckdb_extension_delta
(extension,) = pathlib.Path(duckdb_extension_delta.__file__).parent.rglob("delta.duckdb_extension")
connection = duckdb.connect()
connection.execute(f"load '{extension}'")
connection.execute(f"copy (from delta_scan('{sys.argv[1]}')) to '{sys.argv[2]}' (format parquet)")
"""


def make_spools(root):
    """Small logs, each with a name that no other has, that sequences stream one after the other."""
    for number in range(SPOOLS):
        run("generate", "--seed", 100 + number, "--start", "2026-03-01", "--days", 3, "--events", 240, "--profile",
            "hostile", "--out", f"spool:{root}/log{number}")  # fmt: skip
    return [f"spool:{root}/log{number}" for number in range(SPOOLS)]


def plain(table):
    """Rows as sorted tuples of texts; times in microseconds, whatever type a reader gives them."""
    columns = []
    for name in sorted(table.column_names):
        column = table[name].combine_chunks()
        if pyarrow.types.is_timestamp(column.type):
            column = column.cast(pyarrow.timestamp("us")).cast(pyarrow.int64())
        columns.append([None if value is None else str(value) for value in column.to_pylist()])
    return sorted(zip(*columns, strict=True), key=repr)


def rows_of(connection, table):
    """All rows of a raw table; closes the connection."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"select * from raw.{table}")
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
    finally:
        connection.close()
    values = [[bytes(value) if isinstance(value, memoryview) else value for value in row] for row in rows]
    return pyarrow.table({name: [row[i] for row in values] for i, name in enumerate(names)})


class DuckdbTarget:
    env = {}

    def __init__(self, root):
        self.file = root / "clicks.duckdb"
        self.url = f"duckdb:{self.file}"

    def rows(self, table):
        with duckdb.connect(str(self.file), read_only=True) as connection:
            return connection.execute(f"select * from raw.{table}").to_arrow_table()

    def close(self):
        pass


class PostgresTarget:
    env = {}

    def __init__(self, server, number):
        self.name = f"foreign_{number}"
        self.server = server
        self.admin(f"create database {self.name}")
        self.url = server.url.removesuffix("postgres") + self.name

    def admin(self, sql):
        connection = psycopg2.connect(self.server.url)
        connection.autocommit = True
        connection.cursor().execute(sql)
        connection.close()

    def rows(self, table):
        return rows_of(psycopg2.connect(self.url), table)

    def close(self):
        self.admin(f"drop database {self.name}")


class LocalLake:
    env = {}
    options = None

    def __init__(self, root):
        self.url = self.folder = pathlib.Path(root) / "lake"

    def table(self, name="clicks"):
        return deltalake.DeltaTable(f"{self.url}/bronze/{name}", storage_options=self.options)


class S3Lake(LocalLake):
    """On versitygw, which keeps objects as plain files."""

    def __init__(self, s3, name):
        self.url = f"s3://{s3.bucket}/{name}"
        self.folder = s3.directory / "data" / s3.bucket / name
        self.env = s3.env()
        self.options = {**s3.env(), "AWS_ALLOW_HTTP": "true"}


class Sequence:
    def __init__(self, spools, lake, target, seed):
        self.lake = lake
        self.spools = list(spools)
        self.target = target
        self.random = random.Random(seed)
        self.done = []
        self.append()

    @property
    def clicks(self):
        return self.lake.table()

    def rcml(self, *arguments, env=None, code=0):
        return run(*arguments, env={**self.lake.env, **self.target.env, **(env or {})}, code=code)

    def append(self):
        if self.spools:
            self.rcml(
                "stream",
                "--from",
                self.spools.pop(),
                "--lake",
                self.lake.url,
                "--drain",
                "--flush-rows-max",
                "60",
                "--encoders",
                "1",
            )

    def some(self):
        """A predicate that few or many rows meet, of one date or of all."""
        modulus = self.random.choice([3, 7, 40])
        predicate = f"source_offset % {modulus} = {self.random.randrange(modulus)}"
        return predicate + self.random.choice(["", f" and dt = '2026-03-0{self.random.randint(1, 3)}'"])

    def delete(self):
        self.clicks.delete(self.some())

    def update(self):
        self.clicks.update(updates={"geo_city": f"'city {len(self.done)}'"}, predicate=self.some())

    def merge(self):
        rows = self.clicks.to_pyarrow_table()
        if rows.num_rows < 4:
            return
        chosen = rows.take(sorted(self.random.sample(range(rows.num_rows), 4)))
        index = chosen.schema.get_field_index("source_offset")
        moved = pyarrow.compute.add(chosen["source_offset"], 10**9 * (len(self.done) + 1))
        source = pyarrow.concat_tables([chosen, chosen.set_column(index, chosen.schema.field(index), moved)])
        merge = self.clicks.merge(source, "t.source_offset = s.source_offset and t.event_id = s.event_id", "s", "t")
        if self.random.random() < 0.5:
            merge.when_matched_delete().when_not_matched_insert_all().execute()
        else:
            merge.when_matched_update({"page": "'/merged'"}).when_not_matched_insert_all().execute()

    def restore(self):
        newest = self.clicks.version()
        self.clicks.restore(self.random.randint(max(1, newest - 8), newest))

    def optimize(self):
        self.clicks.optimize.compact()

    def z_order(self):
        self.clicks.optimize.z_order(["event_id"])

    def foreign_append(self):
        rows = self.clicks.to_pyarrow_table()
        if rows.num_rows > 0:
            deltalake.write_deltalake(self.clicks, rows.slice(self.random.randrange(rows.num_rows), 5), mode="append")

    def foreign_vacuum(self):
        self.clicks.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)

    def compact(self):
        self.rcml("lake", "compact", "--lake", self.lake.url)

    def vacuum(self):
        then = time.time() - 8 * 86_400
        for path in self.lake.folder.rglob("*"):
            os.utime(path, (then, then))
        self.rcml("lake", "vacuum", "--lake", self.lake.url)

    def load_arguments(self):
        return ["load", "--lake", self.lake.url, "--warehouse", self.target.url, "--batch-files-max",
                self.random.choice([1, 3, 1000])]  # fmt: skip

    def killed_load(self):
        point = f"{self.random.choice(CRASHES)}:{self.random.randint(1, 4)}"
        done = self.rcml(*self.load_arguments(), env={"RCML_CRASH_AT": point}, code=None)
        assert done.returncode in (0, 137), done.stderr

    def replace_dates(self):
        day = self.random.randint(1, 3)
        self.rcml(*self.load_arguments(), "--replace-dt", self.random.choice(["all", f"2026-03-0{day}..2026-03-03"]))

    def there(self, name):
        return self.lake.table(name).to_pyarrow_table()

    def load(self):
        self.rcml(*self.load_arguments())
        for lake, raw in (("clicks", "raw_clicks"), ("rejects", "raw_rejects")):
            assert plain(self.target.rows(raw)) == plain(self.there(lake))
        audit = self.rcml("audit", "--lake", self.lake.url, "--warehouse", self.target.url, "--json", code=None)
        assert json.loads(audit.stdout)["ok"], audit.stdout

    def chances(self):
        return {self.append: 3, self.delete: 3, self.update: 2, self.merge: 2, self.restore: 2, self.optimize: 2,
                self.z_order: 1, self.foreign_append: 1, self.foreign_vacuum: 1, self.compact: 3, self.vacuum: 1,
                self.killed_load: 3, self.load: 3, self.replace_dates: 1}  # fmt: skip

    def step(self):
        chances = self.chances()
        (act,) = self.random.choices(list(chances), chances.values())
        self.done.append(act.__name__)
        try:
            act()
        except deltalake.exceptions.DeltaError as error:
            # A RESTORE of files that a vacuum has taken; delta-rs says so and changes nothing.
            assert act.__name__ == "restore", error
            self.done[-1] += " (refused)"

    def run(self):
        for _ in range(STEPS):
            self.step()
        self.done.append("last load")
        self.load()
        assert "0 rows of 0 files loaded" in self.rcml(*self.load_arguments()).stdout
        self.load()


class VectorSequence(Sequence):
    """The same on a table with deletion vectors, which delta-rs does not write to: what it did is committed by hand."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        deletion_vectors.allow_vectors(self.folder)

    @property
    def folder(self):
        return self.lake.folder / "bronze/clicks"

    def delete(self):
        live = deletion_vectors.live_adds(self.folder)
        for path in self.random.sample(sorted(live), min(len(live), 2)):
            rows = json.loads(live[path]["stats"])["numRecords"]
            if rows > 1:
                deletion_vectors.delete_rows(self.folder, path, self.random.sample(range(rows), self.random.randint(1, rows - 1)))  # fmt: skip

    def restore(self):
        newest = int(deletion_vectors.commits(self.folder)[-1].stem)
        if not deletion_vectors.restore(self.folder, self.random.randint(max(2, newest - 8), newest)):
            self.done[-1] += " (refused)"

    def there(self, name):
        if name == "rejects":
            return super().there(name)
        out = self.lake.folder.parent / "there.parquet"
        done = subprocess.run([DEPS / "reader-tools/bin/python", "-c", DELTA_SCAN, self.folder, out],
                              capture_output=True, text=True, timeout=300)  # fmt: skip
        assert done.returncode == 0, done.stderr
        return pyarrow.parquet.read_table(out)

    def chances(self):
        return {self.append: 3, self.delete: 5, self.restore: 2, self.compact: 3, self.vacuum: 1, self.killed_load: 3,
                self.load: 3, self.replace_dates: 1}  # fmt: skip


def run_sequences(kind, spools, root, count, lake_of, target_of):
    """`lake_of` and `target_of` take the folder and the number of a sequence."""
    for number in range(count):
        seed = SEED + number
        folder = root / str(number)
        folder.mkdir()
        target = target_of(folder, number)
        sequence = kind(spools, lake_of(folder, number), target, seed)
        try:
            sequence.run()
        except BaseException:
            print(f"RCML_FAULT_SEED={seed} RCML_FOREIGN_SEQUENCES=1: {', '.join(sequence.done)}; {folder}")
            raise
        target.close()
    print(f"{count} sequences of {STEPS} steps, seeds {SEED} to {SEED + count - 1}")
