import pathlib
import sys

import pytest

REPO = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [
    str(path)
    for path in (REPO / "tests/lib", REPO / "tools", REPO / "tests/dbt", HERE.parent / "redshift_double", HERE)
]

pytest_plugins = ["service_fixtures", "double_fixtures"]


@pytest.fixture
def database(double, request):
    """A fresh database of the double, by name."""
    name = "t_" + "".join(c if c.isalnum() else "_" for c in request.node.name.lower())[:50]
    return double.make_database(name)
