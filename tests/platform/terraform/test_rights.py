"""Least privilege, measured: what the program really asks of S3 against what the planned role may do."""

import json
import os
import shutil
import time

import pytest
import rcml_program
from conftest import planned
from s3_recorder import S3Recorder, iam_requests, matching_statement

BUCKET = "rcml-test"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"

# Allowed for what this run does not show: the program aborts an upload only when the store failed in the middle of it.
ONLY_AFTER_A_FAULT = {"s3:AbortMultipartUpload"}


@pytest.fixture(scope="module")
def plan(terraform):
    return terraform.plan(bucket_name=BUCKET, vpc_id="vpc-1", subnet_ids=["subnet-1", "subnet-2", "subnet-3"])


def policy_of(plan, address):
    return json.loads(planned(plan, "aws_iam_role_policy")[address]["policy"])


def leave_an_orphan(s3, days):
    """A data file that no commit names, as a killed worker leaves it; the server's objects are plain files."""
    folder = next((s3.directory / "data" / s3.bucket / "bronze/clicks").glob("dt=*"))
    orphan = folder / "orphan.parquet"
    shutil.copy(next(folder.glob("*.parquet")), orphan)
    old = time.time() - days * 86400
    os.utime(orphan, (old, old))


@pytest.fixture(scope="module")
def asked(s3, tmp_path_factory):
    """The whole life of a lake on S3: two streams, load, audit, compact, vacuum, rejects."""
    root = tmp_path_factory.mktemp("life")
    recorder = S3Recorder(s3.port)
    env = {name: value for name, value in s3.env(recorder.endpoint).items() if name != "S3_BUCKET"}
    lake = f"s3://{s3.bucket}/"
    try:
        for day, seed in (("2026-03-01", 1), ("2026-03-02", 2)):
            arguments = ("--start", day, "--days", 1, "--seed", seed, "--profile", "hostile")
            rcml_program.run("generate", "--events", 3000, *arguments, "--out", f"spool:{root / 'spool'}")
            rcml_program.run("stream", "--from", f"spool:{root / 'spool'}", "--lake", lake, "--drain", env=env)
        warehouse = f"duckdb:{root / 'clicks.duckdb'}"
        rcml_program.run("load", "--lake", lake, "--warehouse", warehouse, env=env)
        rcml_program.run(
            "audit", "--from", f"spool:{root / 'spool'}", "--lake", lake, "--warehouse", warehouse, env=env
        )
        rcml_program.run("lake", "compact", "--lake", lake, env=env)
        leave_an_orphan(s3, days=8)
        rcml_program.run("lake", "vacuum", "--lake", lake, env=env)
        rcml_program.run("rejects", "list", "--lake", lake, env=env)
        # What a load into Redshift adds.
        recorder.seen |= iam_requests("PUT", f"/{s3.bucket}/_manifests/0123456789abcdef.json", b"")
    finally:
        recorder.stop()
    return recorder.seen


def test_the_streams_role_may_do_all_that_the_program_does(plan, asked):
    policy = policy_of(plan, "aws_iam_role_policy.stream")
    refused = {request for request in asked if matching_statement(policy, BUCKET_ARN, request) is None}
    assert refused == set()
    print(f"{len(asked)} different requests, all allowed")


def test_the_streams_role_may_do_nothing_that_the_program_does_not(plan, asked):
    policy = policy_of(plan, "aws_iam_role_policy.stream")
    allowed = {action for statement in policy["Statement"] for action in statement["Action"]}
    assert allowed - {action for action, _, _ in asked} - ONLY_AFTER_A_FAULT == set()


@pytest.mark.parametrize(
    "request_of_redshift",
    [
        ("s3:GetObject", "bronze/clicks/dt=2026-03-01/clicks-0-0-1b2c.parquet", None),
        ("s3:GetObject", "_manifests/0123456789abcdef.json", None),
        ("s3:ListBucket", "", "bronze/clicks/dt=2026-03-01/"),
        ("s3:GetBucketLocation", "", None),
    ],
)
def test_redshift_may_read_what_copy_reads(plan, request_of_redshift):
    policy = policy_of(plan, "aws_iam_role_policy.copy[0]")
    assert matching_statement(policy, BUCKET_ARN, request_of_redshift)


@pytest.mark.parametrize(
    ("role", "forbidden"),
    [
        ("copy[0]", ("s3:PutObject", "bronze/clicks/x.parquet", None)),
        ("copy[0]", ("s3:DeleteObject", "bronze/clicks/x.parquet", None)),
        ("copy[0]", ("s3:GetObject", "private/x", None)),
        ("copy[0]", ("s3:ListBucket", "", "")),
        ("stream", ("s3:GetObject", "private/x", None)),
        ("stream", ("s3:PutObject", "x", None)),
        ("stream", ("s3:ListBucket", "", "")),
        ("stream", ("s3:DeleteObject", "private/x", None)),
        ("stream", ("s3:CreateBucket", "", None)),
    ],
)
def test_a_role_may_do_nothing_else(plan, role, forbidden):
    assert matching_statement(policy_of(plan, f"aws_iam_role_policy.{role}"), BUCKET_ARN, forbidden) is None


def test_no_statement_has_a_wildcard_action(plan):
    for values in planned(plan, "aws_iam_role_policy").values():
        for statement in json.loads(values["policy"])["Statement"]:
            assert statement["Effect"] == "Allow"
            assert not any("*" in action for action in statement["Action"]), statement
            assert "*" not in statement["Resource"], statement
