"""Whatever happens to a lake between audits: an audit that goes on from a proof says what a full one says.

Steps are drawn from a seed: {append, append that is killed between its commits, load, compact, OPTIMIZE, DELETE, RESTORE,
doubled append, replay of rejects, checkpoint, vacuum}. After each the audit is compared with `audit --full` of a copy."""

import json
import os
import random
import shutil

import deltalake
from rcml_program import IS_FULL, SEED, Job, run

SEQUENCES = int(os.environ.get("RCML_PROOF_SEQUENCES") or (60 if IS_FULL else 2))
STEPS = 14
CRASHES = ["sink.after_rejects_commit", "sink.before_clicks_commit", "sink.before_rejects_commit"]


class Life:
    def __init__(self, root, seed):
        self.job = Job(root / "life")
        self.copy = root / "copy"
        self.random = random.Random(seed)
        self.done = []
        self.went_on = 0
        self.append()
        self.job.load()

    @property
    def clicks(self):
        return deltalake.DeltaTable(str(self.job.lake / "bronze/clicks"))

    def generate(self):
        run("generate", "--seed", self.random.randrange(1 << 30), "--start", "2026-03-01", "--days", 3, "--events", 200,
            "--profile", "hostile", "--out", self.job.spool)  # fmt: skip

    def append(self):
        self.generate()
        self.job.stream("--flush-rows-max", "80", "--encoders", "1")

    def killed_append(self):
        self.generate()
        point = f"{self.random.choice(CRASHES)}:{self.random.randint(1, 3)}"
        done = self.job.stream("--flush-rows-max", "50", "--encoders", "1", env={"RCML_CRASH_AT": point}, code=None)
        assert done.returncode in (0, 137), done.stderr

    def load(self):
        self.job.load()

    def compact(self):
        run("lake", "compact", "--lake", self.job.lake)

    def optimize(self):
        self.clicks.optimize.compact(target_size=1 << 30)

    def delete(self):
        self.clicks.delete(f"source_offset % 40 = {self.random.randrange(40)}")

    def restore(self):
        newest = self.clicks.version()
        try:
            self.clicks.restore(self.random.randint(max(1, newest - 6), newest))
        except deltalake.exceptions.DeltaError:
            self.done[-1] += " (refused)"

    def doubled(self):
        rows = self.clicks.to_pyarrow_table()
        deltalake.write_deltalake(self.clicks, rows.slice(self.random.randrange(rows.num_rows), 2), mode="append")

    def replay(self):
        run("rejects", "replay", "--lake", self.job.lake, "--ts-past-max", "10000d", "--ts-future-max", "10000d")

    def checkpoint(self):
        run("lake", "checkpoint", "--lake", self.job.lake)

    def foreign_vacuum(self):
        self.clicks.vacuum(retention_hours=0, enforce_retention_duration=False, dry_run=False)

    def chances(self):
        return {self.append: 6, self.killed_append: 4, self.load: 4, self.compact: 3, self.optimize: 2, self.delete: 0.5,
                self.restore: 1, self.doubled: 0.5, self.replay: 1, self.checkpoint: 1, self.foreign_vacuum: 1}  # fmt: skip

    def audit(self, root, *more):
        done = run("audit", "--from", f"spool:{root}/spool", "--lake", f"{root}/lake", "--warehouse",
                   f"duckdb:{root}/clicks.duckdb", "--json", *more, code=None)  # fmt: skip
        assert done.returncode in (0, 4), done.stderr
        return json.loads(done.stdout)

    def compare(self):
        shutil.rmtree(self.copy, ignore_errors=True)
        shutil.copytree(self.job.root, self.copy)
        found, full = self.audit(self.job.root), self.audit(self.copy, "--full")
        self.went_on += "offsets" in [note.split(":")[0] for note in found["notes"]]
        assert full["notes"] == []
        for name in ("ok", "checks", "findings", "partitions"):
            assert found[name] == full[name], name

    def run(self):
        for _ in range(STEPS):
            chances = self.chances()
            (act,) = self.random.choices(list(chances), chances.values())
            self.done.append(act.__name__)
            act()
            self.compare()


def test_an_audit_that_goes_on_says_what_a_full_one_says(tmp_path):
    went_on = 0
    for number in range(SEQUENCES):
        seed = SEED + number
        life = Life(tmp_path / str(number), seed)
        try:
            life.run()
        except BaseException:
            print(f"RCML_FAULT_SEED={seed} RCML_PROOF_SEQUENCES=1: {', '.join(life.done)}")
            raise
        went_on += life.went_on
        shutil.rmtree(tmp_path / str(number))
    print(
        f"{SEQUENCES} sequences of {STEPS} audits, {went_on} went on from a proof; seeds {SEED} to {SEED + SEQUENCES - 1}"
    )
    assert went_on > 0
