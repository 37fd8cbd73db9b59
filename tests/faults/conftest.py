import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lib"))

from fault_report import pytest_configure, pytest_report_header  # noqa: E402, F401
