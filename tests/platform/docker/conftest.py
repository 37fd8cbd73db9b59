import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
sys.path[:0] = [str(REPO / "tests/lib"), str(REPO / "tools"), str(pathlib.Path(__file__).parent)]

from compose import resolved  # noqa: E402


@pytest.fixture(scope="session")
def stack():
    return resolved("docker/docker-compose.yml")


@pytest.fixture(scope="session")
def kafka_only():
    return resolved("docker/docker-compose.kafka.yml")
