"""A topic, the lake filled from it, and an independent look at both (kcat, deltalake)."""

import datetime
import json
import pathlib
import re
import shutil
import subprocess
import urllib.error
import urllib.request

import deltalake
from rcml_program import run, start, wait_until

SMALL_FLUSH = ["--flush-rows-max", "5k", "--flush-age-ms-max", "200ms"]


def recent(days_ago):
    return (datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days_ago)).strftime("%Y-%m-%d")


def event(number, **changes):
    """One event as the seed has it, a moment old."""
    fields = {
        "event_id": f"e{number}",
        "customer_id": "c1",
        "session_id": "s1",
        "event_type": "page_view",
        "page": f"/p/{number}",
        "utm_campaign": None,
        "device": "mobile",
        "geo_city": "Paris",
        "source": "web",
        "event_ts": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    }
    return json.dumps({**fields, **changes})


class TopicJob:
    """Topic `name` of `kafka` and a lake: a folder, or s3://… with the environment that reaches it."""

    def __init__(self, root, kafka, name, lake=None, lake_env=None):
        self.kafka, self.name = kafka, name
        self.url = f"kafka://{kafka.bootstrap}/{name}"
        self.root = pathlib.Path(root)
        self.lake = lake or str(self.root / "lake")
        self.lake_env = lake_env or {}
        # A group of its own at the broker: nobody waits here for a worker that an earlier test killed.
        self.group_env = {"RCML_KAFKA_GROUP_ID": f"test-{name}"}
        self.folder_on_disk = None
        self.truth_dir = self.root / "truth"
        self.logs = 0

    def read_by_disk(self, folder):
        """For prefixes that the reader itself gets wrong: it then reads a copy of the server's files, under a plain name."""
        self.folder_on_disk = folder
        return self

    def make(self, partitions, *configs):
        more = [word for config in configs for word in ("--config", config)]
        self.kafka.topic_tool("--create", "--topic", self.name, "--partitions", str(partitions), *more)
        return self

    def generate(self, events, profile="realistic", partitions=4, seed=7, days=3, more=()):
        run(
            "generate",
            "--seed",
            seed,
            "--start",
            recent(5),
            "--days",
            days,
            "--events",
            events,
            "--profile",
            profile,
            "--out",
            self.url,
            "--create-topic",
            "--partitions",
            partitions,
            "--truth",
            self.truth_dir,
            "--truth-ids",
            *more,
        )
        return self

    def start_live(self, rate, seconds, partitions=6):
        self.make(partitions)
        return start(
            "generate",
            "--seed",
            "3",
            "--live",
            "--rate",
            f"{rate}/s",
            "--for",
            f"{seconds}s",
            "--out",
            self.url,
            "--truth",
            self.truth_dir,
            "--truth-ids",
            log=self.root / "writer.log",
        )

    def put(self, lines, *arguments, partition=0):
        """Writes lines by kcat, a program that is not ours."""
        subprocess.run(
            ["kcat", "-P", "-b", self.kafka.bootstrap, "-t", self.name, "-p", str(partition), *arguments],
            input="".join(line + "\n" for line in lines),
            text=True,
            check=True,
            capture_output=True,
            timeout=60,
        )

    def values(self, *arguments):
        """All there is in the topic, as kcat reads it."""
        command = ["kcat", "-C", "-b", self.kafka.bootstrap, "-t", self.name, "-o", "beginning", "-e", "-q", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()

    def wait_for_partitions(self, count):
        """A new partition is not known to the broker at once, and kcat gives up on one that is not."""

        def is_known():
            told = subprocess.run(
                ["kcat", "-L", "-J", "-b", self.kafka.bootstrap, "-t", self.name], capture_output=True, check=True
            )
            partitions = json.loads(told.stdout)["topics"][0]["partitions"]
            return len(partitions) == count and all(partition["leader"] >= 0 for partition in partitions)

        wait_until(is_known)

    def arguments(self, *more):
        return ["stream", "--from", self.url, "--lake", self.lake, *more]

    def drain(self, *more, more_env=None, seconds=180, **options):
        env = {**self.lake_env, **self.group_env, **(more_env or {})}
        return run(*self.arguments("--drain", *more), env=env, seconds=seconds, **options)

    def start_worker(self, *more, env=None):
        self.logs += 1
        return start(
            *self.arguments(*SMALL_FLUSH, *more),
            env={**self.lake_env, **self.group_env, **(env or {})},
            log=self.root / f"worker{self.logs}.log",
        )

    def log_of(self, number):
        return (self.root / f"worker{number}.log").read_text(errors="replace")

    def audit(self, *more, code=0):
        done = run("audit", "--from", self.url, "--lake", self.lake, "--json", *more, env=self.lake_env, code=code)
        return json.loads(done.stdout)

    def column(self, name, table="clicks"):
        """A column as deltalake, not our code, reads it."""
        options = {key.lower(): value for key, value in self.lake_env.items() if key.startswith("AWS_")}
        if options:
            options["allow_http"] = "true"
        location = f"{self.lake}/bronze/{table}"
        if self.folder_on_disk:
            location, options = self.root / "copy", None
            shutil.rmtree(location, ignore_errors=True)
            shutil.copytree(self.folder_on_disk / "bronze" / table, location)
        return (
            deltalake.DeltaTable(location, storage_options=options)
            .to_pyarrow_table(columns=[name])
            .column(name)
            .to_pylist()
        )

    def row_count(self):
        try:
            return len(self.column("event_id"))
        except deltalake.exceptions.TableNotFoundError:
            return 0

    def check_ids(self, expected):
        ids = self.column("event_id")
        assert sorted(ids) == sorted(expected)
        assert len(set(zip(self.column("source_partition"), self.column("source_offset"), strict=False))) == len(ids)

    def check_truth(self):
        """Every true event id, each as often as the generator wrote it; no position twice; every line accounted for."""
        truth = json.loads((self.truth_dir / "truth.json").read_text())
        ids = self.column("event_id")
        assert set(ids) == set((self.truth_dir / "event_ids.txt").read_text().split())
        assert len(ids) == truth["events"] + truth["faults"]["duplicates"] + truth["faults"]["conflicts"]
        assert len(set(zip(self.column("source_partition"), self.column("source_offset"), strict=False))) == len(ids)
        rejects = self.column("reason", "rejects")
        assert len(rejects) == truth["faults"]["malformed"]
        assert len(ids) + len(rejects) == truth["lines"]
        assert self.audit()["ok"]

    def totals(self, *more):
        """The audit's accounts, summed over the partitions."""
        report = self.audit(*more)
        assert report["ok"]
        names = ["committed", "rejected", "tombstones", "absent", "unexplained", "in_gaps", "expired"]
        sums = {name: sum(account[name] for account in report["partitions"]) for name in names}
        sums["to_come"] = sum(account["end"] - account["next"] for account in report["partitions"])
        return sums


def delete_before(job, offset, tmp_path):
    """The broker forgets the events of partition 0 below `offset`."""
    request = tmp_path / "delete.json"
    request.write_text(
        json.dumps({"version": 1, "partitions": [{"topic": job.name, "partition": 0, "offset": offset}]})
    )
    job.kafka.tool(
        "org.apache.kafka.tools.DeleteRecordsCommand",
        "--bootstrap-server",
        job.kafka.bootstrap,
        "--offset-json-file",
        str(request),
    )


def get(address, path):
    """Status and text of a page that a worker serves at --metrics."""
    try:
        with urllib.request.urlopen(f"http://{address}{path}", timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()


def parse_metrics(text):
    """Prometheus' text format 0.0.4, strictly: each sample after the HELP and TYPE of its family."""
    samples, family = {}, None
    for line in text.splitlines():
        if line.startswith("# HELP "):
            family = line.split(" ", 3)[2]
        elif line.startswith("# TYPE "):
            assert line.split(" ")[2] == family and line.split(" ")[3] in {"counter", "gauge", "summary"}
        else:
            match = re.fullmatch(r'([a-z_]+)(\{[a-z_]+="[^"]*"\})? (-?[0-9.e+-]+)', line)
            assert match and match[1].startswith(family), line
            samples[match[1] + (match[2] or "")] = float(match[3])
    return samples


def finish(writer):
    """Ends a live writer; it then says in its truth what it wrote until now."""
    writer.terminate()
    assert writer.wait(120) == 0


def stop_all(workers):
    for worker in workers:
        if worker.poll() is None:
            worker.terminate()
    assert [worker.wait(60) for worker in workers] == [0] * len(workers)
