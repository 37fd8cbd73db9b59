"""Runs suites one after another and prints one line for each; goes on after a failure.

    run.py GROUP...                 groups: lint, fast, test, faults, long, platform
    run.py --only NAME... GROUP     of these groups, the suites whose name starts with NAME
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
    for suite in chosen:
        total += run_suite(suite)
    print(f"{total.passed} passed, {total.failed} failed", flush=True)
    return 1 if total.failed else 0


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("groups", nargs="+", choices=GROUPS, metavar="GROUP")
    parser.add_argument("--only", action="append", default=[], metavar="NAME")
    parser.add_argument("--list", action="store_true")
    return parser.parse_args()


def run_suite(suite: suites.Suite) -> Counts:
    log = LOGS / f"{suite.name.replace('/', '-')}.log"
    began = time.monotonic()
    exit_code = run_logged(suite, log)
    output = log.read_text(errors="replace")
    counts = read_counts(output, exit_code)
    print(
        f"suite {suite.name}: {counts.passed} passed, {counts.failed} failed, {counts.skipped} skipped, "
        f"{time.monotonic() - began:.0f} s",
        flush=True,
    )
    if suite.is_exhaustive:
        print("".join(f"  {line}\n" for line in output.splitlines() if line.startswith(TOLD)), end="", flush=True)
    if counts.failed:
        show_end(output, log)
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


def show_end(output: str, log: Path) -> None:
    lines = [f"  ! {line}\n" for line in what_failed(output)]
    lines += [f"  | {line}\n" for line in output.splitlines()[-TAIL_LINES:]]
    print("".join(lines) + f"  whole output: {log.relative_to(suites.REPO)}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
