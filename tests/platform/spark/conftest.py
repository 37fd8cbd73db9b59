import os
import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / part) for part in ("tests/platform/spark", "tests/lib", "tools", "spark")]

import rcml_program  # noqa: E402

pytest_plugins = ["service_fixtures"]


def pytest_report_header():
    return f"seed {rcml_program.SEED} (RCML_FAULT_SEED repeats it)"


@pytest.fixture(autouse=True)
def no_settings_of_the_host(monkeypatch, tmp_path):
    """Neither an .env of this folder nor the person's own settings reach a test."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("RCML_SINK_") or name in ("RCML_LAKE", "RCML_SOURCE_FROM", "S3_BUCKET", "KAFKA_BOOTSTRAP"):
            monkeypatch.delenv(name)
