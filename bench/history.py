"""See history.sh. CPU seconds (user and system) and the largest resident size of each command."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROWS = 10  # Of a commit.
QUIET = {**os.environ, "RCML_LOG_LEVEL": "error"}


def run(program, *arguments):
    """(CPU seconds, MB)"""
    process = subprocess.Popen([program, *map(str, arguments)], stdout=subprocess.DEVNULL, env=QUIET)
    _, status, usage = os.wait4(process.pid, 0)
    if os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{program} {' '.join(map(str, arguments))}: {status}")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Lake:
    def __init__(self, program, root):
        self.program, self.root = program, pathlib.Path(root)
        self.spool, self.lake = f"spool:{root}/spool", f"{root}/lake"
        self.warehouse = f"duckdb:{root}/clicks.duckdb"

    def append(self, commits, seed=1):
        run(self.program, "generate", "--seed", seed, "--events", commits * ROWS, "--days", 3, "--start", "2026-03-01",
            "--profile", "clean", "--out", self.spool)  # fmt: skip
        self.stream()

    def stream(self):
        return run(self.program, "stream", "--from", self.spool, "--lake", self.lake, "--drain", "--encoders", 1,
                   "--flush-rows-max", ROWS)  # fmt: skip

    def load(self):
        return run(self.program, "load", "--lake", self.lake, "--warehouse", self.warehouse)

    def audit(self):
        return run(self.program, "audit", "--from", self.spool, "--lake", self.lake, "--warehouse", self.warehouse)

    def vacuum(self):
        return run(self.program, "lake", "vacuum", "--lake", self.lake, "--dry-run")


def measure(program, source, root):
    shutil.copytree(source, root)
    lake = Lake(program, root)
    costs = {"first load": lake.load(), "first audit": lake.audit()}
    lake.append(2, seed=2)
    costs |= {"hourly load": lake.load(), "hourly audit": lake.audit(), "no-op load": lake.load(),
              "restart": lake.stream(), "vacuum": lake.vacuum()}  # fmt: skip
    shutil.rmtree(root)
    return costs


def main():
    programs, counts = sys.argv[1].split(","), [int(text) for text in sys.argv[2:]]
    with tempfile.TemporaryDirectory(prefix="rcml-history-") as folder:
        first = {}
        print(f"{'commits':>8} {'program':<28} " + "step: CPU s, MB, times the cost at the first count")
        for count in counts:
            source = f"{folder}/source-{count}"
            Lake(programs[-1], source).append(count)
            for program in programs:
                costs = measure(program, source, f"{folder}/copy")
                for step, (seconds, megabytes) in costs.items():
                    base = first.setdefault((program, step), seconds)
                    figures = f"{seconds:8.2f} {megabytes:7.0f} {seconds / base:7.2f}"
                    print(f"{count:>8} {program[-28:]:<28} {step:<13} {figures}", flush=True)
            shutil.rmtree(source)


if __name__ == "__main__":
    main()
