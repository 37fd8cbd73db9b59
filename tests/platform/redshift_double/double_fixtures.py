"""double_fixtures.py: the double on servers of its own; pytest_plugins = ["service_fixtures", "double_fixtures"]."""

import double as doubles
import pytest


@pytest.fixture(scope="session")
def double(services, postgres, s3):
    """Stopped before the servers it stands on."""
    running = doubles.Double(services.directory / "double", postgres, s3)
    running.make_database("dev")
    yield running
    running.process.stop()
