"""copy_files.py: objects on S3 for COPY, put through the S3 server itself."""

import functools
import io
import json

import boto3
import double as doubles
import pyarrow
import pyarrow.parquet


@functools.cache
def client(s3):
    env = s3.env()
    return boto3.client(
        "s3",
        endpoint_url=env["AWS_ENDPOINT_URL"],
        aws_access_key_id=env["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=env["AWS_SECRET_ACCESS_KEY"],
        region_name=env["AWS_REGION"],
    )


def put(s3, key, data):
    client(s3).put_object(Bucket=s3.bucket, Key=key, Body=data)
    return f"s3://{s3.bucket}/{key}", len(data)


def put_parquet(s3, key, columns, **options):
    """(url, bytes) of a Parquet file with these columns."""
    table = columns if isinstance(columns, pyarrow.Table) else pyarrow.table(columns)
    out = io.BytesIO()
    pyarrow.parquet.write_table(table, out, **options)
    return put(s3, key, out.getvalue())


def put_manifest(s3, key, files, mandatory=True):
    entries = [{"url": url, "mandatory": mandatory, "meta": {"content_length": length}} for url, length in files]
    return put(s3, key, json.dumps({"entries": entries}).encode())[0]


def copy(table, source, more="", manifest=True, role=doubles.ROLE_ARN):
    return f"copy {table} from '{source}' iam_role '{role}' format as parquet {'manifest' if manifest else ''} {more}"
