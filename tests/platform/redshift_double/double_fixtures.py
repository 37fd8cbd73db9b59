"""double_fixtures.py: the double and what it stands on; a conftest takes them by pytest_plugins = ["double_fixtures"]."""

import double as doubles
import pytest
import services as servers


@pytest.fixture(scope="session")
def services(tmp_path_factory):
    with servers.Services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture(scope="session")
def s3(services):
    return services.start_s3()


@pytest.fixture(scope="session")
def postgres(services):
    return services.start_postgres()


@pytest.fixture(scope="session")
def double(services, postgres, s3):
    """The double; stopped before the servers it stands on."""
    running = doubles.Double(services.directory / "double", postgres, s3)
    running.make_database("dev")
    yield running
    running.process.stop()
