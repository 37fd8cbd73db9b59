"""Runs suites and prints one line for each as it ends; goes on after a failure.

    run.py GROUP...                 groups: lint, fast, test, faults, long, platform
    run.py --only NAME... GROUP     of these groups, the suites whose name starts with NAME
    run.py --lanes N GROUP...       at most N at once of those that may share the machine (default: 2, on one core 1)
    run.py --list GROUP...

The full output of suite NAME is in build/test-logs/NAME.log; a failed one shows its failed cases and its end too.
The last line is `N passed, N failed` for all of them together; the exit code is 0 when nothing failed.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import suites
from counts import Counts, read_counts
from failures import what_failed

GROUPS = {
    "lint": suites.lint_suites,
    "fast": suites.fast_suites,
    "test": suites.test_suites,
    "faults": lambda: suites.fault_suites("full"),
    "long": suites.long_suites,
    "platform": suites.platform_suites,
}
LOGS = suites.REPO / "build/test-logs"
TAIL_LINES = 40
TOLD = ("fault: ", "step: ")  # The lines of an exhaustive suite that are shown although it passed.


def main() -> int:
    options = parse_options()
    chosen = [suite for group in options.groups for suite in GROUPS[group]()]
    if options.only:
        chosen = [suite for suite in chosen if any(suite.name.startswith(name) for name in options.only)]
    if options.list:
        print("\n".join(suite.name for suite in chosen))
        return 0
    if not chosen:
        print("tests: error: no suite fits; tools/test.sh --list test names them", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    total = Counts()
    for batch in batches(chosen):
        with ThreadPoolExecutor(max_workers=options.lanes) as lanes:
            for counts in lanes.map(run_suite, batch):
                total += counts
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="+", choices=GROUPS, metavar="GROUP")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--lanes", type=int, default=min(2, os.cpu_count() or 1), metavar="N")
    parser.add_argument("--list", action="store_true")
    options = parser.parse_args()
    if options.lanes < 1:
        parser.error("--lanes must be at least 1")
    return options


def batches(chosen: list[suites.Suite]) -> list[list[suites.Suite]]:
    """What runs together: a suite that must be alone, or a run of neighbours that may share the machine."""
    made: list[list[suites.Suite]] = []
    for suite in chosen:
        if suite.is_alone or not made or made[-1][0].is_alone:
            made.append([])
        made[-1].append(suite)
    return made


def run_suite(suite: suites.Suite) -> Counts:
    log = LOGS / f"{suite.name.replace('/', '-')}.log"
    began = time.monotonic()
    exit_code = run_logged(suite, log)
    output = log.read_text(errors="replace")
    counts = read_counts(output, exit_code)
    report = [
        f"suite {suite.name}: {counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped, "
        f"{time.monotonic() - began:.0f} s"
    ]
    if suite.is_exhaustive:
        report += [f"  {line}" for line in output.splitlines() if line.startswith(TOLD)]
    if counts.failed:
        report += end_of(output, log)
    print("".join(f"{line}\n" for line in report), end="", flush=True)
    return counts


def run_logged(suite: suites.Suite, log: Path) -> int:
    """Runs the suite's command, both outputs into `log`. At its time limit the whole process group is ended."""
    scratch = tempfile.mkdtemp(prefix="rcml-test-")
    environment = {
        **os.environ,
        **suite.environment,
        "RCML": str(suites.REPO / "build/rcml"),
        "RCML_DEPS": str(suites.DEPS),
        "RCML_TMP": scratch,
        "PYTEST_DEBUG_TEMPROOT": scratch,  # Below the shared one, a run of pytest removes what another still uses.
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    try:
        with log.open("wb") as output:
            process = subprocess.Popen(
                suite.command,
                cwd=suites.REPO,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                return process.wait(timeout=suite.seconds_max)
            except subprocess.TimeoutExpired:
                output.write(f"\ntests: {suite.name} took longer than {suite.seconds_max} s and was ended\n".encode())
                return 124
            finally:
                end_group(process)
    except OSError as error:
        log.write_text(f"tests: cannot start {suite.command[0]}: {error}\n")
        return 127
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def end_group(process: subprocess.Popen) -> None:
    """Whatever the suite left running in its own session ends with it."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def end_of(output: str, log: Path) -> list[str]:
    lines = [f"  ! {line}" for line in what_failed(output)]
    lines += [f"  | {line}" for line in output.splitlines()[-TAIL_LINES:]]
    return [*lines, f"  whole output: {log.relative_to(suites.REPO)}"]


if __name__ == "__main__":
    sys.exit(main())
