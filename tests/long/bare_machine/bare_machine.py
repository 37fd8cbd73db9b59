"""Types what the README says on bare machines and looks at what comes of it; prints each step with its time."""

import os
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

from bare_system import BareSystem, interrupt

REPO = pathlib.Path(__file__).resolve().parents[3]
LOGS = REPO / "build/test-logs"
CASES = ["trixie:root", "bookworm:user"]
ALL_CASES = ["trixie:root", "bookworm:user", "bookworm:root", "trixie:user"]
PORT = 8080
DEMO_SECONDS_MAX = 7200
TEST_SECONDS_MAX = 10800
TAIL_LINES = 8
WARNING = re.compile(r"^\S+:\d+:\d+: warning: ")


class StepError(Exception):
    pass


class Steps:
    """Counts the steps of all machines and prints a line for each."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name: str, action) -> bool:
        began = time.monotonic()
        try:
            said = action() or ""
        except (StepError, OSError, RuntimeError, subprocess.SubprocessError) as error:
            self.failed += 1
            print(f"step: failed {time.monotonic() - began:7.0f} s  {name}\n{error}", flush=True)
            return False
        self.passed += 1
        print(f"step: passed {time.monotonic() - began:7.0f} s  {name}", flush=True)
        print("".join(f"step:   | {line}\n" for line in said.splitlines()), end="", flush=True)
        return True


def main() -> int:
    steps = Steps()
    for case in chosen_cases(os.environ.get("RCML_BARE", "")):
        with tempfile.TemporaryDirectory(prefix="bare-", dir=os.environ.get("RCML_TMP")) as folder:
            os.chmod(folder, 0o755)  # A user of that system has to pass through.
            try_machine(steps, case, pathlib.Path(folder) / "root")
    print(f"{steps.passed} passed, {steps.failed} failed")
    return 1 if steps.failed else 0


def chosen_cases(wanted: str) -> list[str]:
    if wanted == "all":
        return ALL_CASES
    unknown = [case for case in wanted.split() if case not in ALL_CASES]
    if unknown:
        sys.exit(f"RCML_BARE: {' '.join(unknown)} is not one of: all {' '.join(ALL_CASES)}")
    return wanted.split() or CASES


def try_machine(steps: Steps, case: str, root: pathlib.Path) -> None:
    release, who = case.split(":")
    machine = BareSystem(release, who == "user", root)
    try:
        # Without the checkout nothing more can be tried; `make test` stands by itself, whatever the demo did.
        made = steps.run(f"{case}: a bare system", machine.make)
        if made and steps.run(f"{case}: the checkout", lambda: machine.clone(REPO)):
            steps.run(f"{case}: make", lambda: machine.check("make", inside="rcml"))
            steps.run(f"{case}: make demo", lambda: make_demo(machine, log_of(case, "demo")))
            steps.run(f"{case}: make test", lambda: make_test(machine, log_of(case, "test")))
            steps.run(f"{case}: its compiler warns of nothing", lambda: look_for_warnings(machine, case))
    finally:
        if root.exists():
            machine.remove()


def log_of(case: str, word: str) -> pathlib.Path:
    LOGS.mkdir(parents=True, exist_ok=True)
    return LOGS / f"bare-{case.replace(':', '-')}-{word}.log"


def make_demo(machine: BareSystem, log: pathlib.Path) -> str:
    """Ends when the page answers, and then by Ctrl-C; otherwise the demo would serve it as long as it is let."""
    variables = {}
    if not is_free(PORT):  # The network is this machine's.
        variables["RCML_DASHBOARD_LISTEN"] = "127.0.0.1:0"
    demo = machine.start(log, "make", "demo", inside="rcml", **variables)
    try:
        page = wait_for_page(demo, log)
    finally:
        code = interrupt(demo) if demo.poll() is None else demo.returncode
    if "Everything agrees." not in log.read_text(errors="replace"):
        raise StepError(f"the audit did not agree\n{tail(log, 40)}")
    return f"{tail(log)}\nthe page had {len(page)} bytes; after Ctrl-C make ended with {code}"


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def wait_for_page(demo: subprocess.Popen, log: pathlib.Path) -> bytes:
    deadline = time.monotonic() + DEMO_SECONDS_MAX
    while time.monotonic() < deadline:
        if demo.poll() is not None:
            raise StepError(f"make demo ended with {demo.returncode} before it served the page\n{tail(log, 40)}")
        # The page names its address when it serves.
        if url := re.search(r"http://127\.0\.0\.1:\d+/?", log.read_text(errors="replace")):
            with urllib.request.urlopen(url[0], timeout=30) as answer:
                page = answer.read()
            if b"<html" not in page:
                raise StepError(f"{url[0]} answered with something else than a page: {page[:200]!r}")
            return page
        time.sleep(2)
    raise StepError(f"no page after {DEMO_SECONDS_MAX} s\n{tail(log, 40)}")


def make_test(machine: BareSystem, log: pathlib.Path) -> str:
    test = machine.start(log, "make", "test", inside="rcml")
    try:
        code = test.wait(timeout=TEST_SECONDS_MAX)
    except subprocess.TimeoutExpired:
        interrupt(test)
        raise StepError(f"make test took longer than {TEST_SECONDS_MAX} s\n{tail(log, 40)}") from None
    last = tail(log, 1)
    if code != 0 or not re.fullmatch(r"[1-9]\d* passed, 0 failed", last):
        raise StepError(f"make test ended with {code}\n{tail(log, 80)}")
    return suite_lines(log)


def look_for_warnings(machine: BareSystem, case: str) -> None:
    built = sorted((machine.root / machine.home.lstrip("/") / "rcml/build/test-logs").glob("unit*.log"))
    if not built:
        raise StepError("nothing was built by make test")
    lines = [line for log in [log_of(case, "demo"), *built] for line in log.read_text(errors="replace").splitlines()]
    if warnings := [line for line in dict.fromkeys(lines) if WARNING.search(line)]:
        raise StepError("\n".join(warnings))


def suite_lines(log: pathlib.Path) -> str:
    """One line for each suite, and the closing line."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if line.startswith("suite ")] + lines[-1:])


def tail(log: pathlib.Path, lines: int = TAIL_LINES) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


if __name__ == "__main__":
    sys.exit(main())
