"""Whatever others do to a lake, the next load leaves exactly its rows in the warehouse and the audit agrees.

The sequences are in tests/lib/foreign_writers.py; RCML_FOREIGN_SEQUENCES says how many. The same into Redshift's double is
in tests/platform/redshift/test_foreign_writers.py."""

import pytest
from foreign_writers import (
    SEQUENCES,
    DuckdbTarget,
    LocalLake,
    PostgresTarget,
    Sequence,
    VectorSequence,
    make_spools,
    run_sequences,
)
from rcml_program import IS_FULL

pytest_plugins = ["service_fixtures"]


@pytest.fixture(scope="session")
def spools(tmp_path_factory):
    return make_spools(tmp_path_factory.mktemp("spools"))


def local_lake(folder, _):
    return LocalLake(folder)


@pytest.mark.parametrize("kind", [Sequence, VectorSequence])
def test_a_load_leaves_the_lakes_rows_whatever_was_done_to_it(spools, tmp_path, kind):
    run_sequences(kind, spools, tmp_path, SEQUENCES, local_lake, lambda folder, _: DuckdbTarget(folder))


@pytest.mark.parametrize("kind", [Sequence, VectorSequence])
def test_a_load_into_postgres_leaves_the_lakes_rows_whatever_was_done_to_it(spools, tmp_path, request, kind):
    if not IS_FULL:
        pytest.skip("the long form only: RCML_FAULTS=full")
    server = request.getfixturevalue("postgres")
    run_sequences(kind, spools, tmp_path, max(1, SEQUENCES // 5), local_lake,
                  lambda _, number: PostgresTarget(server, f"{kind.__name__.lower()}_{number}"))  # fmt: skip
