"""clang-tidy over the program's sources, as many at a time as there are cores.

A source is looked at again only when it, a header of ours it includes (as the last build saw it), the rules or
clang-tidy's version changed since it was found clean; the marks are in build/tidy. Tests and fuzz targets are left
out: GoogleTest's macros break half of the rules on names.
"""

import hashlib
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import suites

BUILD = suites.REPO / "build"
MARKS = BUILD / "tidy"
CLANG_TIDY = suites.DEPS / "lint-tools/bin/clang-tidy"
RULES = [suites.REPO / ".clang-tidy", suites.REPO / "tools/requirements/lint-tools.txt"]


def main() -> int:
    if not (BUILD / "compile_commands.json").exists():
        subprocess.run(["cmake", "--preset", "release"], cwd=suites.REPO, check=True, stdout=subprocess.DEVNULL)
    MARKS.mkdir(parents=True, exist_ok=True)
    headers = headers_by_source()
    every_header = [str(path) for path in sorted((suites.REPO / "src").rglob("*.h"))]
    jobs = [(path, mark_of(path, headers.get(path, every_header))) for path in sources()]
    due = [(path, mark) for path, mark in jobs if not mark.exists()]
    print(f"tidy: {len(due)} of {len(jobs)} sources to look at", flush=True)
    with ThreadPoolExecutor(int(os.environ.get("RCML_JOBS") or os.cpu_count() or 1)) as pool:
        clean = list(pool.map(lambda job: look(*job), due))
    print(f"tidy: {clean.count(False)} of {len(jobs)} sources with findings")
    return 0 if all(clean) else 1


def sources() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "src/*.cc"],
        cwd=suites.REPO,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    return [str(suites.REPO / name) for name in listed if not name.endswith(("_test.cc", "_fuzz.cc"))]


def headers_by_source() -> dict[str, list[str]]:
    """What ninja noted at the last build: the headers of ours that each source includes."""
    answer = subprocess.run(["ninja", "-C", str(BUILD), "-t", "deps"], capture_output=True, text=True).stdout
    ours = str(suites.REPO / "src")
    found = {}
    for block in answer.split("\n\n"):
        files = [line.strip() for line in block.splitlines()[1:]]
        if files and files[0].startswith(ours):
            found[files[0]] = [name for name in files[1:] if name.startswith(ours)]
    return found


def mark_of(source: str, headers: list[str]) -> Path:
    digest = hashlib.sha256(source.encode())
    for name in [source, *headers, *RULES]:
        path = Path(name)
        digest.update(path.read_bytes() if path.exists() else b"gone")
    return MARKS / digest.hexdigest()[:32]


def look(source: str, mark: Path) -> bool:
    answer = subprocess.run(
        [str(CLANG_TIDY), "-p", str(BUILD), "--quiet", source], cwd=suites.REPO, capture_output=True, text=True
    )
    if answer.returncode == 0:
        mark.touch()
        return True
    print(answer.stdout or answer.stderr, flush=True)
    return False


if __name__ == "__main__":
    sys.exit(main())
