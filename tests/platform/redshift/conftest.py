import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [
    str(path)
    for path in (REPO / "tests/lib", REPO / "tools", REPO / "tests/dbt", HERE.parent / "redshift_double", HERE)
]

import double as doubles  # noqa: E402
import services as servers  # noqa: E402


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


@pytest.fixture
def database(double, request):
    """A fresh database of the double, by name."""
    name = "t_" + "".join(c if c.isalnum() else "_" for c in request.node.name.lower())[:50]
    return double.make_database(name)
