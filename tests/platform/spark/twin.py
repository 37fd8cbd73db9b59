"""A topic that both engines read, the job as a process, and the lake as deltalake, code of neither, reads it."""

import datetime
import json
import os
import pathlib
import subprocess

import deltalake
from rcml_program import run

REPO = pathlib.Path(__file__).resolve().parents[3]
JOB = REPO / "spark/run.sh"
# Short runs: compiling well costs more than it gains.
JAVA_OPTIONS = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
# Differ by nature: when it was decoded, and for a reject the date of that.
OF_THE_RUN = {"clicks": {"ingested_at"}, "rejects": {"ingested_at", "dt"}}


def days_ago(count):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=count)).strftime("%Y-%m-%d")


class Topic:
    def __init__(self, kafka, name, partitions):
        self.kafka, self.name = kafka, name
        self.url = f"kafka://{kafka.bootstrap}/{name}"
        kafka.topic_tool(
            *("--create", "--topic", name, "--partitions", str(partitions), "--config", "max.message.bytes=4000000")
        )

    def generate(self, events, seed):
        run(
            *("generate", "--seed", seed, "--start", days_ago(5), "--days", 3, "--events", events),
            *("--profile", "hostile", "--out", self.url),
        )
        return self

    def put(self, events, partition=0):
        """Any bytes without a newline, by a program that is not ours."""
        subprocess.run(
            ["kcat", "-P", "-b", self.kafka.bootstrap, "-t", self.name, "-p", str(partition)]
            + ["-X", "message.max.bytes=4000000"],
            input=b"".join(event + b"\n" for event in events),
            check=True,
            capture_output=True,
            timeout=60,
        )

    def put_tombstone(self, partition=0):
        subprocess.run(
            ["kcat", "-P", "-b", self.kafka.bootstrap, "-t", self.name, "-p", str(partition), "-K", "|", "-Z"],
            input=b"key|\n",
            check=True,
            capture_output=True,
            timeout=60,
        )


class Lake:
    def __init__(self, url, env=None):
        self.url, self.env = str(url), env or {}

    def _table(self, name):
        options = {key.lower(): value for key, value in self.env.items() if key.startswith("AWS_")}
        if options:
            options["allow_http"] = "true"
        return deltalake.DeltaTable(f"{self.url}/bronze/{name}", storage_options=options)

    def schema(self, name):
        return [(field.name, json.loads(field.type.to_json())) for field in self._table(name).schema().fields]

    def rows(self, name):
        """Every column but those of the run, in the order of the log."""
        table = self._table(name).to_pyarrow_table()
        columns = sorted(set(table.column_names) - OF_THE_RUN[name])
        table = table.select(columns).sort_by([("source_partition", "ascending"), ("source_offset", "ascending")])
        return table.to_pylist()

    def marks(self, name):
        state = json.loads(self.rcml("lake", "log", "--json", "--lake", self.url).stdout)
        return state[name]["marks"]

    def rcml(self, *arguments, **options):
        return run(*arguments, env=self.env, **options)

    def drain_by_rcml(self, topic, **options):
        return self.rcml("stream", "--from", topic.url, "--lake", self.url, "--drain", seconds=180, **options)

    def drain_by_spark(self, topic, *more, code=0, env=None):
        done = subprocess.run(
            [JOB, "--from", topic.url, "--lake", self.url, "--drain", *map(str, more)],
            capture_output=True,
            text=True,
            env={**os.environ, "RCML_SPARK_MEMORY": "1g", "JDK_JAVA_OPTIONS": JAVA_OPTIONS, **self.env, **(env or {})},
            timeout=900,
        )
        assert done.returncode == code, f"{done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def adopt(self, topic, *more, code=0):
        return self.rcml("lake", "adopt", "--from", topic.url, "--lake", self.url, *more, code=code)

    def audit(self, topic, code=0):
        done = self.rcml("audit", "--from", topic.url, "--lake", self.url, "--json", code=code)
        report = json.loads(done.stdout)
        names = ("committed", "rejected", "tombstones", "missing", "doubled", "unknown", "in_gaps")
        return {name: sum(account[name] for account in report["partitions"]) for name in names}


def assert_equal_lakes(one, other):
    """Row for row; the first difference is told, not thousands of lines."""
    for name in ("clicks", "rejects"):
        assert one.schema(name) == other.schema(name)
        left, right = one.rows(name), other.rows(name)
        for a, b in zip(left, right, strict=False):
            assert a == b
        assert len(left) == len(right)
        positions = {(row["source_partition"], row["source_offset"]) for row in left}
        assert len(positions) == len(left)
