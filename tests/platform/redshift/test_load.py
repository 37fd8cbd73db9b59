"""`rcml load --warehouse redshift://…` as a person runs it, end to end on the double."""

import json
import os
import random
import re
import subprocess
import threading
import time

import double as doubles
import pytest
from lakes import Lake
from rcml_program import RCML, SEED, run, start, start_and_kill, wait_until

ROWS = "select count(*), count(distinct event_id) from raw.raw_clicks"
LEDGER = "select count(*), sum(row_count) from raw.load_ledger where file_path like 'clicks/%'"


@pytest.fixture(scope="module")
def lake(tmp_path_factory, s3):
    return Lake(tmp_path_factory.mktemp("lake"), s3, "load", 20_000, flush_rows=2_500)


@pytest.fixture(scope="module")
def truth(lake, tmp_path_factory):
    """What DuckDB holds after the same load."""
    from project import Duck

    duck = Duck(tmp_path_factory.mktemp("truth") / "clicks.duckdb")
    lake.load(f"duckdb:{duck.path}")
    return duck.rows(ROWS)


def manifests(lake):
    return {path: json.loads(path.read_text()) for path in (lake.folder / "_manifests").glob("*.json")}


def complete(double, database, truth):
    rows, ledger = double.query(ROWS, database), double.query(LEDGER, database)
    assert rows == truth
    assert ledger[0][1] == rows[0][0]


@pytest.fixture(scope="module")
def secure(services, s3, postgres):
    """A double that speaks TLS, with the bundle of the authority that signed its certificate."""
    keys = doubles.make_certificate(services.directory / "keys")
    running = doubles.Double(
        services.directory / "secure",
        postgres,
        s3,
        "--tls-certificate",
        keys / "server.pem",
        "--tls-key",
        keys / "server.key",
    )
    running.bundle = keys / "ca.pem"
    yield running
    running.process.stop()


def test_the_seeds_env_file_is_all_it_needs(tmp_path, s3, secure, truth, lake):
    """Cluster, user, role, Region and keys from .env alone, TLS verify-full; the lake is named, others are in the bucket."""
    database = secure.make_database("seed_env")
    env = {**secure.environment(database), "RS_HOST": "localhost", "RS_SSLROOTCERT": str(secure.bundle)}
    (tmp_path / ".env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))
    clean = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "RS_", "S3_"))}
    done = subprocess.run([RCML, "load", "--lake", lake.url], cwd=tmp_path, env=clean, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    complete(secure, database, truth)


def test_each_batch_has_a_manifest_with_exact_lengths_all_mandatory(s3, lake, double, database, truth):
    before = manifests(lake)
    lake.load(double.url(database), "--batch-files-max", "4")
    made = [manifest for path, manifest in manifests(lake).items() if path not in before]
    entries = [entry for manifest in made for entry in manifest["entries"]]
    clicks = [entry for entry in entries if "/clicks/" in entry["url"]]
    assert len(clicks) == len(lake.files()) and len(made) >= len(clicks) / 4
    for entry in entries:
        size = (s3.directory / "data" / entry["url"].removeprefix("s3://")).stat().st_size
        assert entry["mandatory"] is True and entry["meta"] == {"content_length": size}
    history = double.query(
        "select status, sum(loaded_rows) from sys_load_history where data_source like '%%' group by 1", database
    )
    assert [status for status, _ in history] == ["completed"]
    complete(double, database, truth)


def test_a_load_is_one_transaction_of_the_documented_recipe(lake, double, database):
    lake.load(double.url(database), "--batch-files-max", "1000")
    said = [json.loads(line) for line in double.statements_file.read_text().splitlines()]
    pid = next(line["pid"] for line in reversed(said) if "copy rcml_stage_raw_clicks" in line["sql"])
    mine = [line["sql"].split("\n")[0] for line in said if line["pid"] == pid]
    copy = next(i for i, sql in enumerate(mine) if sql.startswith("copy rcml_stage_raw_clicks"))
    first = max(i for i, sql in enumerate(mine[:copy]) if sql == "begin")
    last = min(i for i, sql in enumerate(mine) if i > copy and sql == "commit")
    words = [" ".join(sql.split()[:3]) for sql in mine[first : last + 1]]
    assert words == [
        "begin", "set statement_timeout to", "lock raw.load_ledger", "reset statement_timeout",
        "select w.table_version, o.table_id", "select table_version, table_id,", "select file_path, row_count",
        "create temp table", "copy rcml_stage_raw_clicks", "select count(*) from", "insert into raw.raw_clicks",
        "drop table rcml_stage_raw_clicks", "insert into raw.load_ledger", "delete from raw.load_watermark",
        "insert into raw.load_watermark", "delete from raw.load_origin", "insert into raw.load_origin", "commit",
    ]  # fmt: skip
    assert not any("truncate" in sql for sql in mine)


def test_a_dry_run_prints_sql_and_manifest_and_touches_nothing(lake, double):
    before = len(manifests(lake)), len(double.statements_file.read_text())
    said = lake.load("redshift://awsuser@nowhere.invalid:5439/dev", "--dry-run").stdout
    assert (len(manifests(lake)), len(double.statements_file.read_text())) == before
    for part in ("begin;", "lock raw.load_ledger;", '"mandatory": true, "meta": {"content_length": ', "format as parquet\nmanifest;",
                 f"iam_role '{doubles.ROLE_ARN}'", "create temp table", "insert into raw.load_ledger", "commit;"):  # fmt: skip
        assert part in said
    assert not re.search(r"\b(region|truncatecolumns|maxerror)\b", said)
    print(said[:1500])


def test_a_lock_that_is_held_is_waited_for_as_long_as_told_to_and_named(lake, double, database, truth):
    lake.load(double.url(database), "--replace-dt", "2026-01-01")
    holder = double.connect(database)
    with holder.cursor() as cursor:
        cursor.execute("begin; lock raw.load_ledger")
        began = time.monotonic()
        said = lake.load(double.url(database), "--lock-wait", "1s", code=3).stderr
        assert 1 <= time.monotonic() - began < 30
        assert "raw.load_ledger" in said and "--lock-wait" in said and "SVV_TRANSACTIONS" in said
        cursor.execute("rollback")
    lake.load(double.url(database), "--lock-wait", "1s")
    complete(double, database, truth)


def test_loading_twice_and_by_two_at_once_loads_once(lake, double, database, truth, tmp_path):
    arguments = ["load", "--lake", lake.url, "--warehouse", double.url(database), "--batch-files-max", "2"]
    env = {**lake.s3.env(), "RS_ROLE_ARN": doubles.ROLE_ARN}
    loaders = [start(*arguments, env=env, log=tmp_path / f"log{i}") for i in range(2)]
    assert [loader.wait(300) for loader in loaders] == [0, 0], [(tmp_path / f"log{i}").read_text() for i in range(2)]
    complete(double, database, truth)
    assert " 0 files loaded" in lake.load(double.url(database), "--since-version", "0").stdout
    complete(double, database, truth)


def test_killed_at_any_moment_the_next_run_completes(lake, double, database, truth, tmp_path):
    arguments = ["load", "--lake", lake.url, "--warehouse", double.url(database), "--batch-files-max", "1"]
    env = {**lake.s3.env(), "RS_ROLE_ARN": doubles.ROLE_ARN}
    lake.load(double.url(database), "--batch-files-max", "1", "--replace-dt", "2026-01-01")
    moments = random.Random(SEED)
    kills = sum(start_and_kill(arguments, b"rows=", moments, tmp_path / "log", env) for _ in range(5))
    print(f"{kills} kills of 5, seed {SEED}")
    assert kills > 0
    wait_until(lambda: double.query("select count(*) from pg_stat_activity where application_name = 'rcml'")[0][0] == 0)
    rows, ledger = double.query(ROWS, database), double.query(LEDGER, database)
    assert rows[0][0] == (ledger[0][1] or 0)
    lake.load(double.url(database))
    complete(double, database, truth)


@pytest.mark.parametrize(
    "at", ["lock raw.load_ledger", "insert into raw.raw_clicks", "insert into raw.load_ledger", "commit"]
)
def test_a_lost_race_is_run_again(lake, double, truth, at):
    database = double.make_database("race_" + at.split()[-1].split(".")[-1] + str(len(at)))
    lake.load(double.url(database), "--replace-dt", "2026-01-01")
    double.race_to_lose.write_text(at)
    done = lake.load(double.url(database))
    assert "load is tried again" in done.stderr and "1023" in done.stderr
    assert not double.race_to_lose.exists()
    complete(double, database, truth)


def test_replace_dt_is_one_transaction_that_readers_see_whole(lake, double, database, truth):
    lake.load(double.url(database))
    double.query("delete from raw.raw_clicks where dt = '2026-03-02' and source_partition = 0", database)
    damaged = double.query(ROWS, database)[0][0]
    assert 0 < damaged < truth[0][0]
    seen, is_over = set(), threading.Event()

    def watch():
        while not is_over.is_set():
            seen.add(double.query(ROWS, database)[0][0])
            time.sleep(0.02)

    reader = threading.Thread(target=watch)
    reader.start()
    lake.load(double.url(database), "--replace-dt", "2026-03-01..2026-03-03")
    is_over.set()
    reader.join()
    assert seen <= {damaged, truth[0][0]}
    complete(double, database, truth)


def test_the_audit_agrees(lake, double, database):
    lake.load(double.url(database))
    done = run(
        "audit", "--from", lake.spool, "--lake", lake.url, "--warehouse", double.url(database), env=lake.s3.env()
    )
    assert done.returncode == 0


def test_swapped_columns_are_refused_before_anything_is_loaded(lake, double, database):
    """R2: by position, page would land in geo_city."""
    lake.load(double.url(database), "--replace-dt", "2026-01-01")
    double.query("alter table raw.raw_clicks rename page to x; alter table raw.raw_clicks rename geo_city to page; "
                 "alter table raw.raw_clicks rename x to geo_city", database)  # fmt: skip
    done = lake.load(double.url(database), code=2)
    assert "raw.raw_clicks has geo_city where the contract has page" in done.stderr
    assert "raw.raw_clicks has page where the contract has geo_city" in done.stderr
    assert "geo_city is character varying(256), the contract says character varying(64)" in done.stderr
    assert double.query("select count(*) from raw.raw_clicks", database) == [(0,)]


def test_a_role_that_is_not_attached_is_said_with_its_cure(lake, double, database):
    done = lake.load(double.url(database), code=2, env={"RS_ROLE_ARN": "arn:aws:iam::1:role/Other"})
    assert "not authorized to assume IAM Role" in done.stderr and "RS_ROLE_ARN" in done.stderr
    assert double.query(ROWS, database) == [(0, 0)]


def test_a_sha256_password_is_said_with_its_cure(lake, double):
    done = lake.load(f"redshift://sha256_user:x@127.0.0.1:{double.port}/dev?sslmode=disable", code=2)
    assert "method 13" in done.stderr and "SHA-256 password" in done.stderr


def test_tls_is_verified_in_full(lake, secure, truth):
    database = secure.make_database("tls")
    url = f"redshift://{doubles.USER}:{doubles.PASSWORD}@localhost:{secure.port}/{database}"
    refused = lake.load(url, "--retry-count-max", "0", code=None)
    assert refused.returncode != 0 and "--tls-root-file" in refused.stderr
    wrong_name = lake.load(
        url.replace("localhost", "127.0.0.1"), "--retry-count-max", "0", "--tls-root-file", secure.bundle, code=None
    )
    assert wrong_name.returncode != 0 and "does not match host name" in wrong_name.stderr
    lake.load(url, "--tls-root-file", secure.bundle)
    complete(secure, database, truth)
