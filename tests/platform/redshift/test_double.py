"""What the double does as Redshift does, where that differs from PostgreSQL."""

import pyarrow
import pytest
from copy_files import copy, put_manifest, put_parquet
from psycopg2 import errors

ROWS = {"a": pyarrow.array([1, 2, 3], pyarrow.int32()), "b": ["x", "y", None]}


def test_reports_redshifts_versions(double):
    assert double.connect().server_version == 80002
    assert "Redshift" in double.query("select version()")[0][0]


def test_copy_loads_the_files_of_a_manifest(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    files = [put_parquet(double.s3, f"m/{name}.parquet", ROWS) for name in "ab"]
    with double.connect(database) as connection, connection.cursor() as cursor:
        cursor.execute(copy("t", put_manifest(double.s3, "m/load.json", files)))
        cursor.execute("select pg_last_copy_count()")
        assert cursor.fetchone() == (6,)
    assert double.query("select count(*), count(b), sum(a) from t", database) == [(6, 4, 12)]


def test_a_file_named_twice_is_loaded_twice(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    file = put_parquet(double.s3, "twice/a.parquet", ROWS)
    double.query(copy("t", put_manifest(double.s3, "twice/load.json", [file, file])), database)
    assert double.query("select count(*) from t", database) == [(6,)]


def test_a_lost_file_that_is_not_mandatory_is_skipped_in_silence(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    lost = put_parquet(double.s3, "lost/a.parquet", ROWS)
    (double.s3.directory / "data" / lost[0].removeprefix("s3://")).unlink()
    kept = put_parquet(double.s3, "lost/b.parquet", ROWS)
    manifest = put_manifest(double.s3, "lost/load.json", [lost, kept], mandatory=False)
    double.query(copy("t", manifest), database)
    assert double.query("select count(*) from t", database) == [(3,)]


def test_a_prefix_is_plain_text_and_takes_the_neighbours(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    for folder in ("dt=2025-01-1", "dt=2025-01-10"):
        put_parquet(double.s3, f"prefix/{folder}/a.parquet", ROWS)
    double.query(copy("t", "s3://rcml-test/prefix/dt=2025-01-1", manifest=False), database)
    assert double.query("select count(*) from t", database) == [(6,)]


def test_columns_go_by_position_not_by_name(double, database):
    double.query("create table t (page varchar(8), city varchar(8))", database)
    file = put_parquet(double.s3, "swap/a.parquet", {"city": ["Paris"], "page": ["/p/1"]})
    double.query(copy("t", put_manifest(double.s3, "swap/load.json", [file])), database)
    assert double.query("select page, city from t", database) == [("Paris", "/p/1")]


def test_primary_keys_are_not_enforced(double, database):
    double.query("create table t (a integer primary key, b varchar(8) unique) distkey (a) sortkey (b)", database)
    double.query("insert into t values (1, 'x'), (1, 'x')", database)
    assert double.query("select count(*) from t", database) == [(2,)]


def test_not_null_is_enforced(double, database):
    double.query("create table t (a integer not null)", database)
    with pytest.raises(errors.NotNullViolation):
        double.query("insert into t values (null)", database)


def test_lengths_are_bytes(double, database):
    double.query("create table t (a varchar(4) encode zstd)", database)
    double.query("insert into t values ('éé')", database)
    with pytest.raises(errors.StringDataRightTruncation, match="value too long for type character varying\\(4\\)"):
        double.query("insert into t values ('ééé')", database)


def test_truncate_commits_the_transaction(double, database):
    double.query("create table t (a integer)", database)
    connection = double.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("insert into t values (1)")
        cursor.execute("truncate t")
        cursor.execute("insert into t values (2)")
        cursor.execute("rollback")
    assert double.query("select a from t", database) == [(2,)]


def test_a_failed_copy_ends_the_transaction(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    connection = double.connect(database)
    with connection.cursor() as cursor:
        cursor.execute("begin")
        cursor.execute("insert into t values (1, 'x')")
        with pytest.raises(errors.InternalError_):
            cursor.execute(copy("t", "s3://rcml-test/no/such.json"))
        with pytest.raises(errors.InFailedSqlTransaction):
            cursor.execute("select 1")
        cursor.execute("rollback")
    assert double.query("select count(*) from t", database) == [(0,)]


def test_a_lost_race_is_error_1023(double, database):
    double.query("create table t (a integer)", database)
    double.query("create table u (a integer)", database)
    first, second = double.connect(database).cursor(), double.connect(database).cursor()
    for cursor, read, written in ((first, "t", "u"), (second, "u", "t")):
        cursor.execute("begin")
        cursor.execute(f"select count(*) from {read}")
        cursor.execute(f"insert into {written} values (1)")
    first.execute("commit")
    with pytest.raises(errors.InternalError_, match="(?s)1023.*Serializable isolation violation"):
        second.execute("commit")


def test_the_history_of_loads_is_kept_even_of_those_that_failed(double, database):
    double.query("create table t (a integer, b varchar(8))", database)
    file = put_parquet(double.s3, "history/a.parquet", ROWS)
    manifest = put_manifest(double.s3, "history/load.json", [file])
    double.query(copy("t", manifest), database)
    with pytest.raises(errors.InternalError_):
        double.query(copy("t", put_manifest(double.s3, "history/bad.json", [(file[0], 1)])), database)
    history = "select status, data_source, loaded_rows, source_file_count, error_count from sys_load_history order by query_id"
    assert double.query(history, database) == [
        ("completed", manifest, 3, 1, 0), ("aborted", "s3://rcml-test/history/bad.json", 0, 0, 1)]  # fmt: skip
    detail = double.query("select file_name, bytes_scanned, lines_scanned from sys_load_detail", database)
    assert detail == [(file[0], file[1], 3)]
    assert double.query("select trim(filename), lines_scanned from stl_load_commits", database) == [(file[0], 3)]
    assert "content_length" in double.query("select error_message from sys_load_error_detail", database)[0][0]
    assert "content_length" in double.query("select err_reason from stl_load_errors", database)[0][0]


def test_datediff_counts_boundaries(double):
    assert double.query(
        "select datediff(minute, timestamp '2025-01-01 00:00:59', timestamp '2025-01-01 00:01:00'),"
        " datediff(day, timestamp '2025-01-01 23:59:59', timestamp '2025-01-02 00:00:00'),"
        " datediff(month, timestamp '2025-01-31', timestamp '2025-02-01'),"
        " datediff(microsecond, timestamp '1969-12-31 23:59:59.999999', timestamp '1970-01-01 00:00:00.5'),"
        " dateadd(day, -1, timestamp '2025-03-01'), nvl(null, 3), len('é')"
    )[0][:4] == (1, 1, 1, 500001)


def test_backslashes_in_literals_are_escapes(double):
    assert double.query(r"select 'a\\b', '--no comment', 'it''s; one'") == [("a\\b", "--no comment", "it's; one")]


def test_a_sha256_password_is_answered_with_method_13(double):
    with pytest.raises(Exception, match="authentication method 13 not supported"):
        double.connect(user="sha256_user")


def test_a_wrong_password_is_refused(double):
    with pytest.raises(Exception, match="password authentication failed"):
        double.connect(password="wrong")
