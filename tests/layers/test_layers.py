"""The direction of includes in src/: lower layers never know upper ones, and broker, lake and warehouse never know
each other. What they share goes through the sink, the loader or the audit, where it can be seen."""

import re
from pathlib import Path

import pytest

SRC = Path(__file__).resolve().parents[2] / "src"

MAY_INCLUDE = {
    "core": set(),
    "http": {"core"},
    "contract": {"core"},
    "broker": {"core", "contract"},
    "lake": {"core", "contract"},
    "warehouse": {"core", "contract"},
    "generator": {"core", "contract", "broker"},
    "importer": {"core", "contract", "broker"},
    "sink": {"core", "contract", "broker", "http", "lake"},
    "loader": {"core", "contract", "lake", "warehouse"},
    "audit": {"core", "contract", "broker", "lake", "sink", "warehouse", "loader"},
    "dashboard": {"core", "http"},
    "cli": {
        "core", "contract", "broker", "http", "lake", "warehouse", "generator", "importer", "sink", "loader", "audit",
        "dashboard",
    },
}  # fmt: skip

# Seconds of compile time each; a header that needs one says so here and is included by few.
HEAVY = re.compile(r'^#include [<"](arrow/|parquet/|duckdb\.h|spdlog/|boost/|librdkafka/|nlohmann/|simdjson\.h)', re.M)
INCLUDE = re.compile(r'^\s*#include "([a-z_]+)/', re.M)


def sources(*endings: str) -> list[Path]:
    return sorted(path for ending in endings for path in SRC.rglob(f"*{ending}"))


def layer(path: Path) -> str:
    return path.relative_to(SRC).parts[0]


def test_every_folder_has_its_place():
    folders = {path.name for path in SRC.iterdir() if path.is_dir()}
    assert folders == set(MAY_INCLUDE), "put the folder into MAY_INCLUDE and into ARCHITECTURE.md"


def test_the_table_has_no_circle():
    placed: set[str] = set()
    while len(placed) < len(MAY_INCLUDE):
        ready = {name for name, below in MAY_INCLUDE.items() if name not in placed and below <= placed}
        assert ready, f"these know each other in a circle: {set(MAY_INCLUDE) - placed}"
        placed |= ready


@pytest.mark.parametrize("folder", sorted(MAY_INCLUDE))
def test_includes_go_down_only(folder: str):
    allowed = MAY_INCLUDE[folder] | {folder}
    wrong = [
        f"{path.relative_to(SRC)} includes {included}/"
        for path in sources(".h", ".cc")
        if layer(path) == folder
        for included in INCLUDE.findall(path.read_text())
        if included in MAY_INCLUDE and included not in allowed
    ]
    assert wrong == []


def includers(header: Path) -> int:
    line = f'#include "{header.relative_to(SRC)}"'
    return sum(line in path.read_text() for path in sources(".h", ".cc"))


def test_heavy_headers_stay_out_of_widely_used_headers():
    heavy = [path for path in sources(".h") if HEAVY.search(path.read_text())]
    wide = [f"{path.relative_to(SRC)} is included {includers(path)} times" for path in heavy if includers(path) > 12]
    assert wide == [], "keep the library's header in the .cc: an opaque struct in the header is enough"


def test_every_folder_is_explained():
    headings = ["What it does", "In and out", "Start reading at", "Always true", "Try it alone"]
    for folder in MAY_INCLUDE:
        readme = SRC / folder / "README.md"
        assert readme.exists(), f"{folder} has no README.md"
        missing = [heading for heading in headings if f"## {heading}" not in readme.read_text()]
        assert missing == [], f"{readme.relative_to(SRC)} lacks {missing}"
