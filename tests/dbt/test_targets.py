"""The same marts on every warehouse, in every report time zone, and SQL that Redshift takes."""

import datetime
import re
import sys

import pytest
from clicks import Log
from make_clicks import make_clicks
from project import COLUMNS, REPO, dbt, differences

sys.path.insert(0, str(REPO / "tests/platform/redshift_double"))
import refusals  # noqa: E402
from sql_text import Masked  # noqa: E402

NOW = "2025-08-14 12:00:00"  # Within the data: some sessions are open.

# Absent or unsafe on Redshift, or another meaning there; see the table of the SQL surface in docs/reference/marts.md.
REFUSED_BY_REDSHIFT = {
    "FILTER clause": r"\bfilter\s*\(\s*where\b",
    "IS DISTINCT FROM": r"\bis\s+(not\s+)?distinct\s+from\b",
    "generate_series": r"\bgenerate_series\s*\(",
    "string_agg, array_agg": r"\b(string|array)_agg\s*\(",
    "WINDOW clause": r"\bwindow\s+\w+\s+as\s*\(",
    "IGNORE NULLS inside the call": r"\bignore\s+nulls\s*\)",
    "arg_min, arg_max": r"\barg_m(in|ax)\s*\(",
    "epoch_us": r"\bepoch_us\s*\(",
    'collate "C"': r"\bcollate\s+\"C\"",
    "LATERAL": r"\blateral\b",
    "AT TIME ZONE": r"\bat\s+time\s+zone\b",
    "interval arithmetic": r"\binterval\s+'",
    "SELECT * EXCLUDE": r"\bexclude\s*\(",
    "text type (256 bytes there)": r"\bas\s+text\s*\)",
    "bool aggregates over booleans": r"\b(min|max)\s*\(\s*is_",
    "hugeint": r"\bhugeint\b",
    "USING samples": r"\btablesample\b",
    "QUALIFY (PostgreSQL has none)": r"\bqualify\b",
    "MERGE (other rules on each warehouse)": r"^\s*merge\s+into\b",
    # Whole weeks in days are a multiple of seven: fct_cohorts may divide them.
    "integer division": r"(?<!double precision\)) / (?!7 as integer\))",
    "approximate counts": r"\b(approximate\s+count|approx_count_distinct|hll)\b",
    "GETDATE, SYSDATE (a run has one now)": r"\b(getdate\s*\(|sysdate\b|current_timestamp\b)",
}


def broken_rules(sql):
    """Rules of redshift's SQL that a text breaks: those of the list above and those the double refuses by."""
    bare = Masked(sql).text
    found = [
        name for name, pattern in REFUSED_BY_REDSHIFT.items() if re.search(pattern, re.sub(r"--[^\n]*", "", sql), re.I)
    ]
    refused = refusals.refused_construct(bare)
    return found + ([refused.case] if refused else [])


def test_duckdb_and_postgres_build_the_same_rows(duck, postgres, artifacts):
    with duck._connect() as connection:
        make_clicks(connection, events=20_000, seed=4)
    postgres.execute("delete from raw.raw_clicks; delete from raw.raw_rejects; drop schema if exists marts cascade")
    postgres.insert(duck.rows(f"select {', '.join(COLUMNS)} from raw.raw_clicks"))
    for reason, offset, at in duck.rows("select reason, source_offset, arrived_at from raw.raw_rejects"):
        postgres.execute(
            f"insert into raw.raw_rejects values ('{reason}', 'position 3', 'x', 1, 0, {offset}, '{at}', '{at}', '{at}')"
        )
    for warehouse in (duck, postgres):
        dbt(warehouse, artifacts(warehouse.target), "build", variables={"rcml_now": NOW})
    assert duck.rows("select count(*) from marts.fct_sessions where is_open")[0][0] > 0
    assert differences(duck, postgres) == []


@pytest.mark.parametrize("target", ["duckdb", "postgres"])
def test_days_of_23_and_25_hours(target, duck, artifacts, request):
    warehouse = duck
    if target == "postgres":
        warehouse = request.getfixturevalue("postgres")
        warehouse.execute("delete from raw.raw_clicks; drop schema if exists marts cascade")
    log = Log()
    for day in ("2025-03-29", "2025-10-25"):  # Two days each, an event every 15 minutes.
        start = datetime.datetime.fromisoformat(day)
        for i in range(2 * 96 + 8):
            log.add(f"{day}-{i:03}", start + datetime.timedelta(minutes=15 * i), customer=f"c-{day}-{i}")
    warehouse.insert(log.rows)
    dbt(warehouse, artifacts(target), "build", variables={"report_tz": "Europe/Paris"})

    def hours(date):
        return warehouse.rows(
            f"select event_hour, sum(event_count) from marts.fct_hourly_heatmap where event_date = date '{date}' group by 1"
        )

    spring, autumn = dict(hours("2025-03-30")), dict(hours("2025-10-26"))
    assert len(spring) == 23 and 2 not in spring and sum(spring.values()) == 92
    assert len(autumn) == 24 and autumn[2] == 8 and sum(autumn.values()) == 100
    kpis = dict(warehouse.rows("select kpi_date, session_count from marts.fct_daily_kpis"))
    assert kpis[datetime.date(2025, 3, 30)] == 92 and kpis[datetime.date(2025, 10, 26)] == 100


def test_rows_later_than_the_window_are_counted_not_dropped_silently(duck, artifacts):
    log = Log()
    log.add("old", "2025-08-01 10:00", customer="a").add(
        "young", "2025-08-31 10:00", customer="a"
    )  # Ingested 2025-09-01.
    duck.insert(log.rows)
    dbt(duck, artifacts("duckdb"), "build", variables={"late_window_days": 3})
    assert duck.rows("select sum(event_count) from marts.fct_sessions") == [(1,)]
    assert duck.rows("select sum(late_dropped_count), sum(event_count) from marts.fct_data_quality") == [(1, 2)]


def test_late_and_out_of_order_are_measured_by_source_position(duck, artifacts):
    log = Log()
    log.add("first", "2025-08-24 10:00", customer="a").add("next", "2025-08-24 13:00", customer="b")
    log.add("late", "2025-08-24 11:59:59", customer="c").add("shuffled", "2025-08-24 12:00", customer="d")
    duck.insert(log.rows)
    dbt(duck, artifacts("duckdb"), "build")
    assert duck.rows("select late_count, out_of_order_count from marts.fct_data_quality") == [(1, 1)]


def test_empty_warehouse_builds(duck, artifacts):
    dbt(duck, artifacts("duckdb"), "build")
    assert duck.rows("select count(*) from marts.fct_daily_kpis") == [(0,)]


@pytest.mark.parametrize("zone", ["UTC", "Europe/Paris"])
def test_redshift_gets_nothing_it_refuses(zone, artifacts):
    class Redshift:
        target = "redshift"

        @staticmethod
        def environment():
            return {"RS_HOST": "127.0.0.1", "RS_USER": "nobody", "RS_PWD": "nothing", "RS_PORT": "1", "RS_DB": "dev"}

    folder = artifacts(f"redshift-{zone.replace('/', '-')}")
    variables = {"report_tz": zone, "late_window_days": 3}
    # No server is asked: relations are taken as not yet built.
    dbt(Redshift, folder, "compile", "--no-introspect", "--no-populate-cache", variables=variables)
    compiled = sorted((folder / "compiled").rglob("*.sql"))
    assert len(compiled) >= 18
    found = [f"{path.name}: {name}" for path in compiled for name in broken_rules(path.read_text())]
    assert found == []
    both = "\n".join(path.read_text() for path in compiled)
    assert "datediff(microsecond" in both and ("convert_timezone(" in both) == (zone != "UTC")


@pytest.mark.parametrize(
    ("name", "sql"),
    [
        ("FILTER clause", "select count(*) filter (where x) from t"),
        ("text type (256 bytes there)", "select cast(x as text) from t"),
        ("integer division", "select a / b from t"),
        ("QUALIFY (PostgreSQL has none)", "select * from t qualify row_number() over (order by a) = 1"),
        ("on_conflict", "insert into t values (1) on conflict do nothing"),
        ("distinct_on", "select distinct on (a) a from t"),
    ],
)
def test_the_lint_itself_can_fail(name, sql):
    assert name in broken_rules(sql)
    assert broken_rules("select cast(a as double precision) / nullif(b, 0) from t -- a / b") == []
