"""What Redshift refuses, the double refuses: one test per refusal, named after it; the page of each is in refusals.py.

tests/platform/redshift_double/server.py --print-refusals
"""

import datetime
import json
import pathlib

import psycopg2
import pyarrow
import pytest
import refusals
from copy_files import copy, put, put_manifest, put_parquet

INT = pyarrow.int32()
GOOD = {"a": pyarrow.array([1], INT), "b": ["x"]}


@pytest.fixture(scope="module")
def dev(double):
    double.make_database("refusals")
    double.query("create schema raw; create table raw.t (a integer, b varchar(8))", "refusals")
    yield double
    assert double.query("select count(*) from raw.t", "refusals") == [(0,)], "a refused COPY left rows"


@pytest.fixture
def file(dev, request):
    return put_parquet(dev.s3, f"{request.node.name}/a.parquet", GOOD)


def refused(dev, sql, message):
    with pytest.raises(psycopg2.Error) as caught:
        dev.query(sql, "refusals")
    assert message in str(caught.value), caught.value
    return caught.value


def refused_copy(dev, files, message, table="raw.t"):
    manifest = put_manifest(dev.s3, f"manifests/{abs(hash(str(files)))}.json", files)
    return refused(dev, copy(table, manifest), message)


def make_table(dev, name, columns):
    dev.query(f"drop table if exists raw.{name}; create table raw.{name} ({columns})", "refusals")
    return f"raw.{name}"


# COPY's statement. Pages "COPY from columnar data formats" (its list of parameters is whole, REGION is refused in the words
# used here, ACCEPTANYDATE and MAXERROR are named), "Authorization parameters", "COPY".


@pytest.mark.parametrize(
    "parameter",
    ["region 'eu-west-1'", "truncatecolumns", "maxerror 10", "acceptanydate", "timeformat 'auto'", "null as 'x'",
     "compupdate off", "ignoreheader 1", "delimiter ','", "blanksasnull", "escape"],
)  # fmt: skip
def test_parameter(dev, file, parameter):
    manifest = put_manifest(dev.s3, "parameter/load.json", [file])
    name = parameter.split()[0].upper()
    refused(dev, copy("raw.t", manifest, parameter), f"{name} argument is not supported for PARQUET based COPY")


@pytest.mark.parametrize("name", ["access_key_id", "secret_access_key", "session_token"])
def test_keys(dev, file, name):
    """Page "COPY from columnar data formats": of the ways to authorize its list has IAM_ROLE and CREDENTIALS alone."""
    manifest = put_manifest(dev.s3, "keys/load.json", [file])
    refused(
        dev, copy("raw.t", manifest, f"{name} 'x'"), f"{name.upper()} argument is not supported for PARQUET based COPY"
    )


@pytest.mark.parametrize("parameter", ["gzip", "lzop", "bzip2", "zstd"])
def test_compression_parameter(dev, file, parameter):
    manifest = put_manifest(dev.s3, "compression/load.json", [file])
    refused(dev, copy("raw.t", manifest, parameter), f"{parameter.upper()} argument is not supported")


@pytest.mark.parametrize("parameter", ["fillrecord", "acceptinvchars", "explicit_ids"])
def test_not_acted_out(dev, file, parameter):
    manifest = put_manifest(dev.s3, "acted/load.json", [file])
    refused(dev, copy("raw.t", manifest, parameter), "this double does not act it out")


def test_column_list(dev, file):
    refused(dev, copy("raw.t (a, b)", put_manifest(dev.s3, "list/load.json", [file])), "Column list")


def test_format_missing(dev):
    refused(dev, "copy raw.t from 's3://rcml-test/x' iam_role default csv", "FORMAT AS PARQUET only")


def test_from_stdin(dev):
    refused(dev, "copy raw.t from stdin", "COPY FROM STDIN is not supported")


def test_role(dev, file):
    manifest = put_manifest(dev.s3, "role/load.json", [file])
    refused(dev, copy("raw.t", manifest, role="arn:aws:iam::1:role/Other"), "not authorized to assume IAM Role")


def test_no_authorization(dev):
    refused(dev, "copy raw.t from 's3://rcml-test/x' format as parquet manifest", "authorization")


# The manifest. Pages "Using a manifest to specify data files" (full object path, mandatory is false by default) and "COPY
# examples" (content_length is needed for Parquet).


def test_manifest_missing(dev):
    refused(dev, copy("raw.t", "s3://rcml-test/no/such.json"), "The specified key does not exist")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"files": []}'])
def test_manifest_not_json(dev, text):
    refused(dev, copy("raw.t", put(dev.s3, "bad.json", text.encode())[0]), "invalid manifest")


@pytest.mark.parametrize("url", ["a.parquet", "s3://rcml-test", "https://rcml-test/a.parquet"])
def test_manifest_url(dev, url):
    refused_copy(dev, [(url, 1)], "not a full S3 path")


@pytest.mark.parametrize("meta", [{}, {"meta": {}}, {"meta": {"content_length": "310"}}])
def test_content_length_missing(dev, file, meta):
    text = json.dumps({"entries": [{"url": file[0], "mandatory": True, **meta}]})
    manifest = put(dev.s3, "no_length.json", text.encode())[0]
    refused(dev, copy("raw.t", manifest), "needs meta.content_length")


@pytest.mark.parametrize("difference", [-1, 1])
def test_content_length_wrong(dev, file, difference):
    refused_copy(dev, [(file[0], file[1] + difference)], f"content_length is {file[1] + difference}")


def test_file_missing(dev, file):
    refused_copy(dev, [file, ("s3://rcml-test/no/such.parquet", 310)], "mandatory file s3://rcml-test/no/such.parquet")


def test_manifest_finds_nothing(dev):
    """Page "Using a manifest to specify data files": whatever is mandatory, COPY ends when no file is found."""
    manifest = put_manifest(dev.s3, "nothing.json", [("s3://rcml-test/no/such.parquet", 310)], mandatory=False)
    refused(dev, copy("raw.t", manifest), "None of the files")


def test_prefix_empty(dev):
    refused(dev, copy("raw.t", "s3://rcml-test/nothing/here/", manifest=False), "does not exist")


# The files. Pages "COPY from columnar data formats" (order and number of columns), "Character types" (lengths are bytes),
# "Loading a column of the VARBYTE data type". The words of a length: aws/aws-sdk-pandas#280, of a count: rudderlabs/rudder-server#3178.


def test_not_parquet(dev):
    refused_copy(dev, [put(dev.s3, "text.parquet", b"event_id,customer_id\n")], "is not a Parquet file")


@pytest.mark.parametrize("columns", [{"a": [1]}, {**GOOD, "c": ["y"]}])
def test_column_count(dev, columns):
    file = put_parquet(dev.s3, f"count/{len(columns)}.parquet", columns)
    refused_copy(dev, [file], f"Table columns: 2, Data columns: {len(columns)}")


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("integer", pyarrow.array([1], pyarrow.int64())),
        ("bigint", pyarrow.array([1], INT)),
        ("varchar(8)", pyarrow.array([1], INT)),
        ("date", pyarrow.array(["2025-08-24"])),
        ("timestamp", pyarrow.array(["2025-08-24 10:00:00"])),
        ("decimal(12,2)", pyarrow.array([1], pyarrow.decimal128(10, 2))),
        ("integer", pyarrow.array(["1"])),
        ("varbyte", pyarrow.array(["x"])),
    ],
)
def test_column_type(dev, column, values):
    table = make_table(dev, "typed", f"a {column}")
    file = put_parquet(dev.s3, f"type/{column}-{values.type}.parquet", {"a": values})
    error = refused_copy(dev, [file], "incompatible Parquet schema", table)
    assert f"'{file[0]}.a'" in str(error)
    # The words of aws/amazon-redshift-python-driver#107: a bare message, and the rest in the detail.
    assert error.diag.message_primary == "Spectrum Scan Error"
    assert f"context:   File 'https://s3.us-east-1.amazonaws.com/{file[0].removeprefix('s3://')}'" in str(error)


def test_nanoseconds(dev):
    table = make_table(dev, "times", "a timestamp")
    at = pyarrow.array([datetime.datetime(2025, 8, 24)], pyarrow.timestamp("ns"))
    refused_copy(dev, [put_parquet(dev.s3, "ns.parquet", {"a": at})], "TIMESTAMP(NANOS)", table)
    file = put_parquet(dev.s3, "int96.parquet", {"a": at}, use_deprecated_int96_timestamps=True)
    refused_copy(dev, [file], "TIMESTAMP(NANOS)", table)


def test_unannotated_text(dev):
    table = make_table(dev, "texts", "a varchar(8)")
    file = put_parquet(dev.s3, "binary.parquet", {"a": pyarrow.array([b"x"])})
    refused_copy(dev, [file], "binary without STRING", table)


def test_nested(dev):
    table = make_table(dev, "texts", "a varchar(8)")
    refused_copy(dev, [put_parquet(dev.s3, "list.parquet", {"a": [["x"]]})], "nested", table)


@pytest.mark.parametrize("text", ["a" * 65, "é" * 40])
def test_length_bytes(dev, text):
    table = make_table(dev, "cities", "geo_city varchar(64)")
    file = put_parquet(dev.s3, f"length/{len(text)}.parquet", {"geo_city": ["Paris", text]})
    error = refused_copy(dev, [file], f"Table: 64, Data: {len(text.encode())}", table)
    assert "geo_city" in str(error)


def test_length_bytes_that_just_fit(dev):
    table = make_table(dev, "cities", "geo_city varchar(64)")
    file = put_parquet(dev.s3, "length/fits.parquet", {"geo_city": ["é" * 32]})
    dev.query(copy(table, put_manifest(dev.s3, "length/fits.json", [file])), "refusals")
    assert dev.query(f"select geo_city from {table}", "refusals") == [("é" * 32,)]


def test_null_in_not_null(dev):
    table = make_table(dev, "needed", "a varchar(8) not null")
    refused_copy(
        dev, [put_parquet(dev.s3, "null.parquet", {"a": ["x", None]})], "Null value in not-null column a", table
    )


def test_invalid_utf8(dev):
    table = make_table(dev, "texts", "a varchar(8)")
    bad = pyarrow.StringArray.from_buffers(1, pyarrow.py_buffer(b"\0\0\0\0\2\0\0\0"), pyarrow.py_buffer(b"\xff\xfe"))
    refused_copy(dev, [put_parquet(dev.s3, "utf8.parquet", {"a": bad})], "Invalid UTF8 sequence in column a", table)


# SQL. Pages "Unsupported PostgreSQL features", "Unsupported PostgreSQL functions", "Amazon Redshift and PostgreSQL".


@pytest.mark.parametrize("rule", refusals.SQL_RULES, ids=lambda rule: rule.case)
def test_sql(dev, rule):
    error = refused(dev, rule.example, rule.message)
    assert rule.page in str(error)


def test_words_inside_literals_are_not_refused(dev):
    text = "savepoint; returning (select) filter (where"
    assert dev.query(f"select '{text}' as \"lateral\" -- on conflict", "refusals") == [(text,)]


def test_every_refusal_has_a_test():
    source = pathlib.Path(__file__).read_text()
    assert [case for case in refusals.COPY_CASES if f"def test_{case}(" not in source] == []
    assert all(page.startswith("https://docs.aws.amazon.com/redshift/") for page in refusals.COPY_CASES.values())
