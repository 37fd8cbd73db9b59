"""Real servers for a suite, each started when a test first asks for it: pytest_plugins = ["service_fixtures"]."""

import pytest
import services as servers


@pytest.fixture(scope="session")
def services(tmp_path_factory):
    with servers.Services(tmp_path_factory.mktemp("services")) as running:
        yield running


@pytest.fixture(scope="session")
def kafka(services):
    return services.start_kafka()


@pytest.fixture(scope="session")
def s3(services):
    return services.start_s3()


@pytest.fixture(scope="session")
def postgres(services):
    return services.start_postgres()
