"""rcml doctor with real servers: all up, all down, each one wrong in its own way. What it says must be the fault that was
made, with a cure; it must leave nothing behind and tell no secret."""

import contextlib
import json
import os
import pathlib
import socket
import subprocess
import sys
import time

import pytest
import rcml_program
import services as servers
from strict_s3 import gateway, running_clerk

SECRET = "never-show-this-9f3a"


# dbt's own start costs seconds; only the tests that are about dbt start it.
NO_DBT = ("--dbt-bin", str(pathlib.Path(__file__).parent / "dbt_of_words.sh"))


def doctor(*arguments, code=None, env=None, around=(), dbt=NO_DBT, wait="120s"):
    """The findings by name."""
    command = [*around, rcml_program.RCML, "doctor", "--json", "--listen", "127.0.0.1:0", "--wait", wait]
    command += map(str, [*dbt, *arguments])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **(env or {})}, timeout=300)
    assert SECRET not in done.stdout + done.stderr
    assert done.stdout, done.stderr
    report = json.loads(done.stdout)
    found = {check["name"]: check for check in report["checks"]}
    assert report["passed"] == (done.returncode == 0)
    assert code is None or done.returncode == code, done.stdout
    for check in found.values():
        assert check["cure"] or check["level"] in ("ok", "skip"), check
    return found


def failed(found):
    return {name for name, check in found.items() if check["level"] == "fail"}


def topic_with_events(kafka, name):
    url = f"kafka://{kafka.bootstrap}/{name}"
    rcml_program.run("generate", "--events", 200, "--days", 1, "--out", url, "--create-topic")
    return url


def stored_files(s3):
    return {path for path in (s3.directory / "data" / s3.bucket).rglob("*") if path.is_file()}


def psql(postgres, sql, database="postgres"):
    done = subprocess.run(
        ["psql", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(postgres.port), "-U", "rcml"]
        + ["-d", database, "-c", sql],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_all_is_well_and_nothing_is_left(in_folder, kafka, s3, postgres):
    source = topic_with_events(kafka, "well")
    before = stored_files(s3)
    found = doctor(
        *("--from", source, "--lake", f"s3://{s3.bucket}/a lake+1", "--warehouse", postgres.url),
        code=0,
        env=s3.env(),
        dbt=(),
    )
    wanted = "kafka reach,kafka topic,kafka read,lake reach,lake list,lake write,lake read,lake multipart,lake clock,"
    wanted += "lake commit,lake delete,lake uploads,warehouse reach,warehouse login,warehouse raw,warehouse marts,dbt,dbt project"
    assert {name for name, check in found.items() if check["level"] == "ok"} >= set(wanted.split(","))
    assert stored_files(s3) == before
    assert psql(postgres, "select count(*) from pg_tables where tablename like 'rcml%'") == "0"
    assert psql(postgres, "select count(*) from pg_namespace where nspname in ('raw', 'marts')") == "0"


def test_all_is_down_and_each_is_named(in_folder):
    ports = [servers.free_port() for _ in range(3)]
    environment = {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{ports[1]}",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "nobody",
        "AWS_SECRET_ACCESS_KEY": SECRET,
    }
    found = doctor(
        *("--from", f"kafka://127.0.0.1:{ports[0]}/t", "--lake", "s3://bucket/lake"),
        *("--warehouse", f"postgres://ann:{SECRET}@127.0.0.1:{ports[2]}/db"),
        code=3,
        env=environment,
    )
    assert failed(found) == {"kafka reach", "lake reach", "warehouse reach"}
    for name, port in zip(["kafka reach", "lake reach", "warehouse reach"], ports, strict=True):
        assert f"127.0.0.1:{port}" in found[name]["text"] and "refused" in found[name]["text"]
        assert "start the server" in found[name]["cure"]
    assert found["kafka topic"]["level"] == found["lake write"]["level"] == found["warehouse raw"]["level"] == "skip"


def test_wrong_names_and_wrong_keys(in_folder, kafka, s3, postgres):
    environment = {**s3.env(), "AWS_SECRET_ACCESS_KEY": SECRET}
    found = doctor(
        *("--from", f"kafka://{kafka.bootstrap}/no-such-topic", "--lake", f"s3://{s3.bucket}/lake"),
        *("--warehouse", f"postgres://rcml@127.0.0.1:{postgres.port}/no_such_database"),
        code=2,
        env=environment,
    )
    assert failed(found) == {"kafka topic", "lake list", "warehouse login"}
    assert "--create-topic" in found["kafka topic"]["cure"]
    assert "credentials" in found["lake list"]["cure"]
    assert "Create the database" in found["warehouse login"]["cure"]
    found = doctor("--lake", "s3://no-such-bucket/lake", env=s3.env())
    assert failed(found) and "no-such-bucket" in found[failed(found).pop()]["text"]
    found = doctor("--from", "kafka://no-such-host.invalid:9092/t", code=2)
    assert "no-such-host.invalid" in found["kafka reach"]["text"]


def test_wrong_password(in_folder, postgres):
    psql(postgres, f"create role ann login password 'right-{SECRET}'")
    rules = postgres.directory / "data/pg_hba.conf"
    kept = rules.read_text()
    rules.write_text("host all ann all scram-sha-256\n" + kept)
    psql(postgres, "select pg_reload_conf()")
    try:
        url = f"postgres://ann:wrong-{SECRET}@127.0.0.1:{postgres.port}/postgres"
        rcml_program.wait_until(lambda: failed(doctor("--warehouse", url)) == {"warehouse login"})
        assert "Check user and password" in doctor("--warehouse", url, code=2)["warehouse login"]["cure"]
        # The right one logs in, and may do nothing there.
        url = url.replace("wrong-", "right-")
        found = doctor("--warehouse", url, code=2)
        assert failed(found) == {"warehouse raw"}
        assert "grant usage, create on schema raw" in found["warehouse raw"]["cure"]
    finally:
        rules.write_text(kept)
        psql(postgres, "select pg_reload_conf()")


def test_a_bucket_that_may_be_read_only(in_folder, s3):
    with gateway(in_folder / "gateway.log", "--readonly", "posix", s3.directory / "data") as endpoint:
        found = doctor("--lake", f"s3://{s3.bucket}/lake", code=2, env=s3.env(endpoint))
    assert failed(found) == {"lake write"}
    assert "s3:PutObject" in found["lake write"]["cure"]


@pytest.fixture(scope="module")
def clerk(tmp_path_factory):
    with running_clerk(tmp_path_factory.mktemp("strict-s3"), SECRET) as running:
        yield running


# What terraform/iam.tf gives the stream.
RIGHTS = {
    "s3:ListBucket",
    "s3:GetObject",
    "s3:PutObject",
    "s3:DeleteObject",
    "s3:ListBucketMultipartUploads",
    "s3:AbortMultipartUpload",
}


def test_the_rights_that_terraform_gives_are_enough(in_folder, clerk):
    found = doctor("--lake", "s3://shop/", code=0, env=clerk.may(RIGHTS))
    assert found["lake uploads"]["level"] == "ok"


@pytest.mark.parametrize(
    ("check", "right"),
    [
        ("lake list", "s3:ListBucket"),
        ("lake write", "s3:PutObject"),
        ("lake read", "s3:GetObject"),
        ("lake delete", "s3:DeleteObject"),
        ("lake uploads", "s3:ListBucketMultipartUploads"),
        ("lake uploads", "s3:AbortMultipartUpload"),
    ],
)
def test_one_right_less_is_named(in_folder, clerk, check, right):
    found = doctor("--lake", "s3://shop/", code=2, env=clerk.may(RIGHTS - {right}))
    assert failed(found) == {check}
    assert right in found[check]["cure"].split()
    left = clerk.files()
    # The client looks at an object before it removes it.
    assert not left or right in ("s3:DeleteObject", "s3:GetObject")
    for path in left:
        path.unlink()


def test_a_folder_that_may_be_read_only(in_folder):
    shelf = in_folder / "shelf"
    shelf.mkdir()
    shelf.chmod(0o555)
    # Nothing is forbidden to root but what the file system itself refuses.
    as_root = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && exec "$@"'
    around = ("unshare", "--mount", "sh", "-c", as_root, str(shelf)) if os.geteuid() == 0 else ()
    found = doctor("--lake", shelf / "lake", "--warehouse", f"duckdb:{shelf / 'clicks.duckdb'}", around=around)
    assert failed(found) == {"lake write", "warehouse file"}
    assert "Permission denied" in found["lake write"]["text"] or "Read-only" in found["lake write"]["text"]
    assert found["lake write"]["cure"]
    assert not list(shelf.iterdir())


def test_a_lake_on_disk_is_tried_and_left_alone(in_folder):
    found = doctor("--lake", "new/lake", "--from", "spool:none")
    assert found["lake commit"]["level"] == found["lake delete"]["level"] == "ok"
    assert failed(found) == {"spool"}
    assert not list(in_folder.iterdir())


def test_a_warehouse_that_somebody_holds(in_folder):
    hold = "import duckdb, sys\nc = duckdb.connect('w.duckdb')\nprint('held', flush=True)\nsys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", hold], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as held:
        assert held.stdout.readline() == "held\n"
        found = doctor("--warehouse", "duckdb:w.duckdb", code=3)
        assert failed(found) == {"warehouse file"}
        assert f"PID {held.pid}" in found["warehouse file"]["text"]
        held.stdin.close()
    assert not failed(doctor("--warehouse", "duckdb:w.duckdb", code=0))


def test_dbt_that_is_not_there(in_folder):
    found = doctor(dbt=("--dbt-bin", "/no/such/dbt"), code=2)
    assert failed(found) == {"dbt"}
    assert "setup" in found["dbt"]["cure"]


def test_redshift_wants_a_role_and_a_lake_on_s3(in_folder):
    url = f"redshift://ann:{SECRET}@127.0.0.1:{servers.free_port()}/dev"
    found = doctor("--warehouse", url, "--lake", "here", code=2)
    assert "s3://BUCKET/PREFIX" in found["warehouse role"]["cure"]
    found = doctor("--warehouse", url, "--manifest-url", "s3://b/m", code=2, env={"RS_ROLE_ARN": "RedshiftS3Read"})
    assert "arn:aws:iam::ACCOUNT:role/NAME" in found["warehouse role"]["cure"]


def test_a_server_that_never_answers_is_left_behind(in_folder):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as silent:
        place = "{}:{}".format(*silent.getsockname())
        environment = {"AWS_ENDPOINT_URL": f"http://{place}", "AWS_REGION": "us-east-1"}
        environment |= {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": SECRET}
        began = time.monotonic()
        found = doctor("--lake", "s3://bucket/lake", wait="3s", env=environment)
        assert time.monotonic() - began < 60
    assert "lake list" in failed(found)
    assert "no answer within 3 s" in found["lake list"]["text"]


def test_a_port_in_use_is_a_warning(in_folder):
    with contextlib.closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = rcml_program.run("doctor", "--listen", f"127.0.0.1:{port}", *NO_DBT, code=0)
    (line,) = [line for line in done.stdout.splitlines() if "port page" in line]
    assert line.startswith("warn") and f"127.0.0.1:{port} is in use" in line and "Cure: " in line


@pytest.mark.parametrize("mode, level", [(0o644, "warn"), (0o640, "ok"), (0o600, "ok")])
def test_a_readable_file_of_secrets_is_a_warning(in_folder, mode, level):
    settings = in_folder / ".env"
    settings.write_text(f"AWS_SECRET_ACCESS_KEY={SECRET}\n")
    token = in_folder / "token"
    token.write_text("correct-horse-battery\n")
    for path in (settings, token):
        path.chmod(mode)
    found = doctor("--token-file", token)
    for name, path in (("secrets settings", ".env"), ("secrets token", str(token))):
        assert found[name]["level"] == level
        assert path in found[name]["text"]
        assert level == "ok" or found[name]["cure"] == f"chmod 600 {path}"


def test_a_settings_file_without_secrets_may_be_read_by_all(in_folder):
    (in_folder / ".env").write_text("AWS_REGION=eu-west-1\nAWS_SECRET_ACCESS_KEY=\n")
    (in_folder / ".env").chmod(0o644)
    assert "secrets settings" not in doctor()


def test_one_line_a_check(in_folder):
    done = rcml_program.run("doctor", "--lake", "lake", "--listen", "127.0.0.1:0", *NO_DBT, code=0)
    lines = done.stdout.splitlines()
    assert all(line[:4].strip() in ("ok", "warn", "fail", "skip") for line in lines[:-1]), done.stdout
    assert not pathlib.Path("lake").exists()


@pytest.mark.parametrize("name", ["RCML_KAFKA_SASL_PASSWORD", "AWS_SECRET_ACCESS_KEY"])
def test_no_secret_of_the_environment_is_shown(in_folder, kafka, name):
    doctor("--from", f"kafka://{kafka.bootstrap}/secret", env={name: SECRET, "RCML_KAFKA_SASL_USERNAME": "ann"})
