"""Three warehouses, one answer: the hostile profile through DuckDB, PostgreSQL and Redshift's double."""

import json

from lakes import Lake, RedshiftDouble
from project import Duck, Pg, dbt, differences

VARIABLES = {"rcml_now": "2026-03-03 12:00:00", "report_tz": "Europe/Paris"}
COUNTS = "select (select count(*) from raw.raw_clicks), (select count(*) from raw.raw_rejects)"


def test_the_marts_of_three_warehouses_are_equal_row_for_row(tmp_path, s3, double, postgres):
    lake = Lake(tmp_path, s3, "marts", 10_000, profile="hostile", flush_rows=2_500)
    database = double.make_database("three_way")
    postgres_database = double.make_database("three_way_pg")
    redshift = RedshiftDouble(double, database)
    duck = Duck(tmp_path / "clicks.duckdb")
    plain = Pg("127.0.0.1", postgres.port, database=postgres_database)
    lake.load(f"duckdb:{duck.path}")
    lake.load(f"postgres://rcml@127.0.0.1:{postgres.port}/{postgres_database}")
    lake.load(double.url(database))
    assert duck.rows(COUNTS) == plain.rows(COUNTS) == redshift.rows(COUNTS)
    assert min(duck.rows(COUNTS)[0]) > 0
    # R3: what is too long in bytes was set aside before COPY, and its neighbours are here.
    assert redshift.rows("select count(*) from raw.raw_rejects where reason = 'too_long'")[0][0] > 0
    for warehouse in (duck, plain, redshift):
        said = dbt(warehouse, tmp_path / warehouse.target, "build", variables=VARIABLES)
        print(f"{warehouse.target}: {[line for line in said.splitlines() if 'PASS=' in line][-1].split('Done. ')[-1]}")
    for other in (plain, redshift):
        assert differences(duck, other) == []
    compared = {mart: duck.rows(f"select count(*) from marts.{mart}")[0][0] for mart in differences.__defaults__[-1]}
    assert min(compared.values()) > 0
    print(f"equal row for row on duckdb = postgres = redshift double: {json.dumps(compared)}")
    # A second, incremental run changes nothing.
    dbt(redshift, tmp_path / "redshift", "run", variables=VARIABLES)
    assert differences(duck, redshift) == []
