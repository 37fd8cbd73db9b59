"""project.py: runs the dbt project on a warehouse, and reads and compares what it built.

A warehouse is `Duck(path)` or `Pg(host, port)`; both offer execute(), rows() and insert(), so that a test is written once.
"""

import datetime
import decimal
import json
import os
import pathlib
import subprocess
import sys

import duckdb
import psycopg2
import psycopg2.extras
import pyarrow

HERE = pathlib.Path(__file__).resolve().parent
REPO = HERE.parents[1]
PROJECT = REPO / "dags" / "clickstream"
DBT = pathlib.Path(sys.executable).with_name("dbt")

COLUMNS = [
    "event_id", "customer_id", "session_id", "event_type", "page", "utm_campaign", "device", "geo_city", "event_ts",
    "source", "dt", "anonymous_id", "product_id", "order_id", "revenue", "extra", "source_partition", "source_offset",
    "ingested_at",
]  # fmt: skip

# What must be equal row for row on every warehouse. Views and work lists are means, not results.
MARTS = [
    "fct_sessions", "fct_kpis_cube", "fct_daily_kpis", "fct_funnel_daily", "fct_pages_daily", "fct_campaigns_daily",
    "fct_devices_daily", "fct_hourly_heatmap", "fct_latest_events", "dim_visitors", "fct_cohorts", "fct_rejects_daily",
    "fct_data_quality",
]  # fmt: skip


class Duck:
    target = "duckdb"

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def environment(self):
        return {"RCML_DBT_DUCKDB_PATH": str(self.path)}

    def _connect(self):
        return duckdb.connect(str(self.path))

    def execute(self, sql):
        with self._connect() as connection:
            connection.execute(sql)

    def rows(self, sql):
        with self._connect() as connection:
            return connection.execute(sql).fetchall()

    def columns(self, table):
        with self._connect() as connection:
            return [column[0] for column in connection.execute(f"select * from {table} limit 0").description]

    def insert(self, rows):
        # As one Arrow table: row by row takes DuckDB a millisecond each.
        batch = pyarrow.table({name: [row[i] for row in rows] for i, name in enumerate(COLUMNS)})
        with self._connect() as connection:
            connection.register("batch", batch)
            connection.execute("insert into raw.raw_clicks by name select * from batch")


class Pg:
    target = "postgres"

    def __init__(self, host, port, user="rcml", database="postgres"):
        self.host, self.port, self.user, self.database = host, int(port), user, database

    def environment(self):
        return {
            "RCML_DBT_PG_HOST": self.host, "RCML_DBT_PG_PORT": str(self.port), "RCML_DBT_PG_USER": self.user,
            "RCML_DBT_PG_DB": self.database, "RCML_DBT_PG_SSLMODE": "disable",
        }  # fmt: skip

    def _connect(self):
        connection = psycopg2.connect(host=self.host, port=self.port, user=self.user, dbname=self.database)
        connection.autocommit = True
        return connection

    def _run(self, work):
        connection = self._connect()
        try:
            with connection.cursor() as cursor:
                return work(cursor)
        finally:
            connection.close()

    def execute(self, sql):
        self._run(lambda cursor: cursor.execute(sql))

    def rows(self, sql):
        def work(cursor):
            cursor.execute(sql)
            return cursor.fetchall()

        return self._run(work)

    def columns(self, table):
        def work(cursor):
            cursor.execute(f"select * from {table} limit 0")
            return [column.name for column in cursor.description]

        return self._run(work)

    def insert(self, rows):
        def work(cursor):
            psycopg2.extras.execute_values(
                cursor, f"insert into raw.raw_clicks ({', '.join(COLUMNS)}) values %s", rows, page_size=1000
            )

        self._run(work)


def dbt_environment(warehouse, artifacts, schema="marts"):
    return {
        **warehouse.environment(), "RCML_DBT_TARGET": warehouse.target, "RCML_DBT_SCHEMA": schema,
        "DBT_PROJECT_DIR": str(PROJECT), "DBT_PROFILES_DIR": str(PROJECT), "DBT_TARGET_PATH": str(artifacts),
        "DBT_LOG_PATH": str(artifacts / "logs"), "DBT_USE_COLORS": "false",
    }  # fmt: skip


def dbt(warehouse, artifacts, *arguments, schema="marts", variables=None):
    """Runs dbt; a failure shows all it printed."""
    command = [str(DBT), *arguments]
    if variables:
        command += ["--vars", json.dumps(variables)]
    result = subprocess.run(
        command, env={**os.environ, **dbt_environment(warehouse, artifacts, schema)}, capture_output=True, text=True
    )
    assert result.returncode == 0, f"{' '.join(command)}\n{result.stdout}{result.stderr}"
    return result.stdout


def _plain(value):
    """One spelling per value, whatever driver it came through."""
    if isinstance(value, decimal.Decimal):
        return format(value.normalize() + 0, "f")
    if isinstance(value, (datetime.datetime, datetime.date)):
        return value.isoformat()
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return str(value)
    return value


def table_rows(warehouse, table, schema="marts"):
    columns = sorted(warehouse.columns(f"{schema}.{table}"))
    rows = warehouse.rows(f"select {', '.join(columns)} from {schema}.{table}")
    return columns, sorted((tuple(_plain(value) for value in row) for row in rows), key=repr)


def differences(left, right, left_schema="marts", right_schema="marts", tables=MARTS):
    """Sentences, one per mart that differs; empty when all rows of all marts are equal."""
    found = []
    for table in tables:
        left_columns, left_rows = table_rows(left, table, left_schema)
        right_columns, right_rows = table_rows(right, table, right_schema)
        if left_columns != right_columns:
            found.append(f"{table}: columns differ: {sorted(set(left_columns) ^ set(right_columns))}")
        elif left_rows != right_rows:
            only_left = sorted(set(left_rows) - set(right_rows), key=repr)
            only_right = sorted(set(right_rows) - set(left_rows), key=repr)
            sample = [
                f"{column}: {a!r} / {b!r}"
                for row_a, row_b in list(zip(only_left, only_right, strict=False))[:1]
                for column, a, b in zip(left_columns, row_a, row_b, strict=False)
                if a != b
            ]
            found.append(
                f"{table}: {len(left_rows)} and {len(right_rows)} rows, {len(only_left)} only left, "
                f"{len(only_right)} only right; first pair differs in {', '.join(sample) or '(no pair)'}"
            )
    return found
