import os
import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(REPO / "tools"), str(pathlib.Path(__file__).parent)]

pytest_plugins = ["service_fixtures"]


@pytest.fixture
def in_folder(tmp_path, monkeypatch):
    """An empty folder to be in, without settings of the person's."""
    for name in list(os.environ):
        if name.startswith(("RCML_", "RS_", "AWS_", "KAFKA_", "S3_")) and name not in ("RCML_DEPS",):
            monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    return tmp_path
