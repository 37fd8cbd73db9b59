import pathlib
import sys

TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / "lib"), str(TESTS.parent / "tools")]

from fault_report import pytest_configure, pytest_report_header  # noqa: E402, F401
