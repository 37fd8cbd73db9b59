"""Which suites there are. A new one is a new file in the right place, never a line here:

    tests/NAME/run.sh                 one suite NAME (any language behind it)
    tests/NAME/{*.sh,*_test.py,test_*.py,*.test.mjs}   otherwise one suite NAME/FILE each
    tests/platform/NAME/run.sh        one suite platform/NAME, with servers of its own
    tests/faults/                     as tests/NAME, with RCML_FAULTS=short, or =full for `make test-faults`, which
                                      also runs platform/kafka in full
    tests/long/NAME/run.sh            one suite long/NAME of `make test-long`, which also runs the full fault suites
    tests/attacks/                    as tests/NAME, with RCML_EXTENT=short, or =long for `make test-long`

A suite is a command. It passes with exit code 0, is skipped with 77, and its counts are read from what it prints
(counts.py). It finds the program as $RCML, the third-party parts as $RCML_DEPS, and an empty folder as $RCML_TMP.

Most suites wait for servers and for single-threaded programs, so run.py runs two of them side by side. Those that use
every core (builds, fuzzing) or watch the clock (attacks, faults, Kafka) run alone.
"""

import os
from dataclasses import dataclass, field, replace
from pathlib import Path

REPO = Path(__file__).resolve().parents[2]
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "rcml"
DEPS = CACHE / "deps"
PYTHON = DEPS / "python-tools/bin/python"
NOT_SUITES = {"cases", "data", "platform", "long", "lib", "__pycache__"}
LONG_SECONDS_MAX = 6 * 3600


@dataclass(frozen=True)
class Suite:
    name: str
    command: list[str]
    seconds_max: int = 1200
    environment: dict[str, str] = field(default_factory=dict)
    is_alone: bool = True  # False: another suite may run at the same time.

    @property
    def is_exhaustive(self) -> bool:
        return self.environment.get("RCML_FAULTS") == "full" or self.environment.get("RCML_EXTENT") == "long"


def _tool(name: str, *arguments: str, seconds_max: int = 1200) -> Suite:
    return Suite(name, [str(REPO / "tools/testing" / f"{name}.sh"), *arguments], seconds_max)


def lint_suites() -> list[Suite]:
    return [_tool("lint")]


def fast_suites() -> list[Suite]:
    return [
        _tool("unit", seconds_max=3600),
        *_generic("tools/testing", "tools"),
        _tool("generated"),
        *_folder("layers"),
    ]


def test_suites() -> list[Suite]:
    special = [_tool("unit_sanitized", seconds_max=3600), _tool("fuzz", seconds_max=900)]
    folders = sorted(path.name for path in (REPO / "tests").iterdir() if path.is_dir())
    elsewhere = NOT_SUITES | {"layers", "faults", "attacks"}
    rest = [replace(suite, is_alone=False) for name in folders if name not in elsewhere for suite in _folder(name)]
    return [*fast_suites(), *special, *rest, *attack_suites("short"), *fault_suites("short")]


def fault_suites(extent: str) -> list[Suite]:
    seconds_max = 1200 if extent == "short" else LONG_SECONDS_MAX
    found = _folder("faults")
    if extent == "full":
        found += [suite for suite in platform_suites() if suite.name == "platform/kafka"]
    return [Suite(suite.name, suite.command, seconds_max, {"RCML_FAULTS": extent}) for suite in found]


def attack_suites(extent: str) -> list[Suite]:
    seconds_max = 1200 if extent == "short" else LONG_SECONDS_MAX
    return [Suite(suite.name, suite.command, seconds_max, {"RCML_EXTENT": extent}) for suite in _folder("attacks")]


def long_suites() -> list[Suite]:
    runs = sorted((REPO / "tests/long").glob("*/run.sh"))
    own = [Suite(f"long/{run.parent.name}", [str(run)], LONG_SECONDS_MAX, {"RCML_EXTENT": "long"}) for run in runs]
    return [*fault_suites("full"), *attack_suites("long"), *own]


def platform_suites() -> list[Suite]:
    runs = sorted((REPO / "tests/platform").glob("*/run.sh"))
    found = [
        Suite(f"platform/{run.parent.name}", [str(run)], 2400, is_alone=run.parent.name == "kafka") for run in runs
    ]
    return sorted(found, key=lambda suite: suite.is_alone)  # So that those which share are not cut into two rounds.


def _folder(name: str) -> list[Suite]:
    run = REPO / "tests" / name / "run.sh"
    if run.exists():
        return [Suite(name, [str(run)])]
    return _generic(f"tests/{name}", name)


def _generic(folder: str, prefix: str) -> list[Suite]:
    if folder == "tools/testing":
        return [Suite("tools", _pytest(sorted((REPO / folder).glob("*_test.py"))))]
    suites = []
    for path in sorted((REPO / folder).glob("*")):
        name = f"{prefix}/{path.name.split('.')[0]}"
        if path.suffix == ".sh":
            suites.append(Suite(name, [str(path)]))
        elif path.suffix == ".py" and (path.stem.startswith("test_") or path.stem.endswith("_test")):
            suites.append(Suite(name, _pytest([path])))
        elif path.name.endswith(".test.mjs"):
            suites.append(Suite(name, ["node", "--test", "--test-reporter=tap", str(path)]))
    return suites


def _pytest(files: list[Path]) -> list[str]:
    return [str(PYTHON), "-m", "pytest", "-q", "-rfEs", "-p", "no:cacheprovider", *map(str, files)]
