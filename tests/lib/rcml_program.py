"""How tests run the program and read what it wrote with other people's readers."""

import json
import os
import pathlib
import random
import signal
import subprocess
import time

REPO = pathlib.Path(__file__).resolve().parents[2]
RCML = os.environ.get("RCML", str(REPO / "build/rcml"))
DEPS = pathlib.Path(os.environ.get("RCML_DEPS") or pathlib.Path.home() / ".cache/rcml/deps")
IS_FULL = os.environ.get("RCML_FAULTS") == "full"
SEED = int(os.environ.get("RCML_FAULT_SEED") or random.SystemRandom().randrange(1 << 32))


def run(*arguments, code=0, env=None, seconds=600):
    """Runs the program; fails the test unless it ends with `code` (None: any)."""
    done = subprocess.run(
        [RCML, *map(str, arguments)], capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=seconds
    )
    assert code is None or done.returncode == code, (
        f"rcml {' '.join(map(str, arguments))} -> {done.returncode}\n{done.stdout}{done.stderr}"
    )
    return done


def start(*arguments, env=None, log=None):
    """Begins the program; what it prints goes to the file `log`."""
    with open(log or os.devnull, "ab") as out:
        return subprocess.Popen(
            [RCML, *map(str, arguments)],
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            env={**os.environ, **(env or {})},
        )


def kill_after(process, seconds):
    """True when it was killed, False when it had ended by itself before."""
    try:
        process.wait(seconds)
        return False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        return True


def start_and_kill(arguments, sign, moments, log, env=None):
    """Starts the program and kills it, now at its start, now a moment after it has written `sign` to its log: on a machine
    of any speed some kills meet work. True when it was killed, False when it had ended by itself before."""
    seen = log.stat().st_size if log.exists() else 0
    process = start(*arguments, env=env, log=log)
    if moments.random() < 0.5:
        return kill_after(process, moments.uniform(0.005, 0.1))
    wait_until(lambda: process.poll() is not None or sign in log.read_bytes()[seen:], step=0.002)
    return kill_after(process, moments.uniform(0.0, 0.03))


class Job:
    """The folders of one way of a click: spool, lake, warehouse, truth."""

    def __init__(self, root, events=None, profile="realistic", seed=7, days=3, start="2026-03-01", partitions=1):
        self.root = pathlib.Path(root)
        self.root.mkdir(parents=True, exist_ok=True)
        self.spool = f"spool:{self.root / 'spool'}"
        self.lake = self.root / "lake"
        self.file = self.root / "clicks.duckdb"
        self.warehouse = f"duckdb:{self.file}"
        self.truth_dir = self.root / "truth"
        if events:
            run(
                "generate",
                "--seed",
                seed,
                "--start",
                start,
                "--days",
                days,
                "--events",
                events,
                "--profile",
                profile,
                "--out",
                self.spool,
                "--partitions",
                partitions,
                "--truth",
                self.truth_dir,
                "--truth-ids",
            )

    def stream_arguments(self, *more):
        return ["stream", "--from", self.spool, "--lake", self.lake, "--drain", *more]

    def stream(self, *more, **options):
        return run(*self.stream_arguments(*more), **options)

    def load(self, *more, **options):
        return run("load", "--lake", self.lake, "--warehouse", self.warehouse, *more, **options)

    def audit(self, *more, code=0):
        done = run("audit", "--from", self.spool, "--lake", self.lake, "--json", *more, code=code)
        return json.loads(done.stdout)

    def truth(self):
        return json.loads((self.truth_dir / "truth.json").read_text())

    def true_ids(self):
        return (self.truth_dir / "event_ids.txt").read_text().split()


def lake_column(lake, column, table="clicks"):
    """A column of a lake table as deltalake, not our code, reads it."""
    import deltalake

    return (
        deltalake.DeltaTable(str(pathlib.Path(lake) / "bronze" / table))
        .to_pyarrow_table(columns=[column])
        .column(column)
        .to_pylist()
    )


def check_rows(job):
    """Every true event id, and each as often as the generator wrote it; no position twice. Returns how many rows."""
    truth = job.truth()
    ids = lake_column(job.lake, "event_id")
    copies = truth["faults"]["duplicates"] + truth["faults"]["conflicts"]
    assert set(ids) == set(job.true_ids())
    assert len(ids) == truth["events"] + copies
    offsets = lake_column(job.lake, "source_offset")
    partitions = lake_column(job.lake, "source_partition")
    assert len(set(zip(partitions, offsets, strict=True))) == len(ids)
    return len(ids)


def check_lake(job):
    """As check_rows; and every line of the log is a row or a reject."""
    truth = job.truth()
    rows = check_rows(job)
    rejects = lake_column(job.lake, "reason", "rejects")
    assert len(rejects) == truth["faults"]["malformed"]
    assert rows + len(rejects) == truth["lines"]


def wait_until(condition, seconds=90, step=0.05):
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return
        time.sleep(step)
    raise AssertionError(f"not so after {seconds} s")
