import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(REPO / "tools"), str(pathlib.Path(__file__).parent)]

from fault_report import pytest_configure, pytest_report_header  # noqa: E402, F401

pytest_plugins = ["service_fixtures"]


@pytest.fixture(scope="session")
def toxiproxy(services):
    return services.start_toxiproxy()


@pytest.fixture
def processes():
    """A list of processes; those still alive at the end of the test are killed."""
    started = []
    yield started
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
