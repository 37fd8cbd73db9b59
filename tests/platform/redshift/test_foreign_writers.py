"""Whatever others do to a lake on S3, the next load into Redshift leaves exactly its rows there and the audit agrees: as
tests/faults/test_foreign_writers.py does on DuckDB and PostgreSQL."""

import double as doubles
import pytest
from foreign_writers import SEQUENCES, S3Lake, Sequence, make_spools, rows_of, run_sequences


class RedshiftTarget:
    def __init__(self, double, number):
        self.double, self.database = double, double.make_database(f"foreign_{number}")
        self.url = double.url(self.database)
        self.env = {"RS_ROLE_ARN": doubles.ROLE_ARN}

    def rows(self, table):
        return rows_of(self.double.connect(self.database), table)

    def close(self):
        pass


@pytest.fixture(scope="module")
def spools(tmp_path_factory):
    return make_spools(tmp_path_factory.mktemp("spools"))


def test_a_load_leaves_the_lakes_rows_whatever_was_done_to_it(spools, tmp_path, s3, double):
    run_sequences(Sequence, spools, tmp_path, max(1, SEQUENCES // 5), lambda _, number: S3Lake(s3, f"foreign-{number}"),
                  lambda _, number: RedshiftTarget(double, number))  # fmt: skip
