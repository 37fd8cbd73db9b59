"""One contract, three targets: the loader's own contract tests on DuckDB, PostgreSQL and the double, as a matrix.

The cases are src/warehouse/warehouse_contract_test.cc; this runs that program with the double beside the other two.
"""

import json
import os
import pathlib
import re
import subprocess

import double as doubles
from rcml_program import RCML, REPO

TARGETS = ["duckdb", "postgres", "redshift"]
PROGRAM = pathlib.Path(RCML).resolve().parent / "src/warehouse/warehouse_test"
# Why a case cannot be asked of a target; anything else that is skipped fails the matrix.
NOT_ASKED = {("PreflightSeesAnotherLength", "duckdb"): "keeps no length of a text column"}
SIGNS = {"passed": "yes", "failed": "NO", "not asked": "-"}


def build():
    if not PROGRAM.exists() and PROGRAM.is_relative_to(REPO):
        subprocess.run([REPO / "tools/build.sh", "release", "warehouse_test"], check=True)
    assert PROGRAM.exists(), f"{PROGRAM} is missing. Run: tools/build.sh release warehouse_test"


def outcome(test):
    if test.get("result") == "SKIPPED":
        return "not asked"
    return "failed" if test.get("failures") else "passed"


def cases(report):
    """{(case, target): outcome} of the suites that are run per target."""
    found = {}
    for suite in report["testsuites"]:
        for test in suite["testsuite"]:
            match = re.fullmatch(r"(\w+)/(\w+)", test["name"])
            if match and suite["name"].startswith("Targets/"):
                found[match[1], match[2]] = outcome(test)
    return found


def print_matrix(found):
    width = max(len(case) for case, _ in found)
    print(f"\n{'case':{width}} {' '.join(f'{target:>9}' for target in TARGETS)}")
    for case in dict.fromkeys(case for case, _ in found):
        signs = [SIGNS[found.get((case, target), "not asked")] for target in TARGETS]
        print(f"{case:{width}} {' '.join(f'{sign:>9}' for sign in signs)}")


def test_the_loaders_contract_holds_on_every_target(double, s3, tmp_path):
    build()
    scratch = s3.directory / "data" / s3.bucket / "contract"
    scratch.mkdir()
    report = tmp_path / "report.json"
    environment = {
        **os.environ,
        "TMPDIR": str(scratch),
        "RCML_TEST_REDSHIFT": double.url("BASE"),
        "RCML_TEST_S3_FOLDER": str(s3.directory / "data"),
        "RS_ROLE_ARN": doubles.ROLE_ARN,
    }
    done = subprocess.run(
        [PROGRAM, "--gtest_filter=Targets/*", f"--gtest_output=json:{report}"],
        env=environment,
        capture_output=True,
        text=True,
    )
    assert report.exists(), done.stdout[-3000:] + done.stderr[-3000:]
    found = cases(json.loads(report.read_text()))
    print_matrix(found)
    assert done.returncode == 0, done.stdout[-6000:]
    assert {target for _, target in found} == set(TARGETS)
    assert {key for key, result in found.items() if result == "not asked"} <= set(NOT_ASKED)
