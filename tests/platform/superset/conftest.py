import json
import os
import pathlib
import re
import subprocess
import sys
import time

import pytest
import requests

REPO = pathlib.Path(__file__).resolve().parents[3]
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [
    str(path)
    for path in (REPO / "tests/lib", REPO / "tools", REPO / "tools/superset", HERE.parent / "redshift_double", HERE)
]

import rcml_program  # noqa: E402

pytest_plugins = ["service_fixtures", "double_fixtures"]

HOSTILE_PAGE = '/p/<img src=x onerror="window.__xss=1">'
HOSTILE_CAMPAIGN = "<script>window.__xss=1</script>"
LOOKS = [
    {"name": "plain", "zone": "UTC", "scheme": "light", "query": ""},
    {"name": "elsewhere", "zone": "Pacific/Auckland", "scheme": "dark", "query": ""},
    {
        "name": "filtered",
        "zone": "America/Los_Angeles",
        "scheme": "light",
        "query": "native_filters=(NATIVE_FILTER-date_range:(extraFormData:(time_range:%272026-03-03%20:%202026-03-06%27),"
        "filterState:(value:%272026-03-03%20:%202026-03-06%27),id:NATIVE_FILTER-date_range),"
        "NATIVE_FILTER-device:(extraFormData:(filters:!((col:device,op:IN,val:!(mobile)))),"
        "filterState:(value:!(mobile)),id:NATIVE_FILTER-device))",
    },
]


def hostile_events(count):
    """What anybody can send a shop: markup as a page's and a campaign's name, often enough to reach every chart."""
    for n in range(count):
        yield {
            "event_id": f"hostile-{n}", "event_type": "page_view", "event_ts": f"2026-03-05T12:{n % 60:02}:{n // 60:02}Z",
            "anonymous_id": f"hostile-visitor-{n}", "device": "mobile", "page": HOSTILE_PAGE,
            "utm_campaign": HOSTILE_CAMPAIGN,
        }  # fmt: skip


def visit_over_the_last_midnight():
    """It began on the last of the days and ends on one that has no session of its own."""
    for n, at in enumerate(("2026-03-14T23:50:00Z", "2026-03-15T00:10:00Z")):
        yield {
            "event_id": f"midnight-{n}", "event_type": "page_view", "event_ts": at, "anonymous_id": "night-owl",
            "device": "mobile", "page": "/",
        }  # fmt: skip


class Superset:
    """An instance made by tools/superset.sh in a folder of its own, as a person would make it."""

    def __init__(self, folder, **warehouse):
        """`warehouse` is RCML_WAREHOUSE=… or the RS_* names."""
        self.folder, self.warehouse = folder, warehouse
        self.seconds = {}

    def run(self, *arguments, code=0, **more):
        environment = {
            k: v for k, v in os.environ.items() if not k.startswith(("RCML_SUPERSET", "RCML_WAREHOUSE", "RS_"))
        }
        environment |= {
            **self.warehouse, "RCML_SUPERSET_DIR": str(self.folder), "RCML_SUPERSET_PORT": "0",
            "RCML_SUPERSET_WORKERS": "1", "RCML_ENV_FILE": "/dev/null", "RCML_DEPS": str(rcml_program.DEPS), **more,
        }  # fmt: skip
        began = time.monotonic()
        done = subprocess.run(
            [str(REPO / "tools/superset.sh"), *map(str, arguments)],
            capture_output=True,
            text=True,
            env=environment,
            timeout=500,
        )
        self.seconds[" ".join(map(str, arguments))[:20]] = round(time.monotonic() - began, 1)
        assert done.returncode == code, f"superset.sh {arguments} -> {done.returncode}\n{done.stdout}{done.stderr}"
        return done

    def up(self):
        done = self.run("up")
        self.address = re.search(r"(http://127\.0\.0\.1:\d+/)superset/dashboard/clickstream-overview/", done.stdout)[1]
        return done

    def log_in(self, password):
        self.password = password
        session = requests.Session()
        login = {"username": "admin", "password": password, "provider": "db"}
        answer = session.post(f"{self.address}api/v1/security/login", json=login, timeout=300)
        assert answer.status_code == 200, answer.text
        session.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        token = session.get(f"{self.address}api/v1/security/csrf_token/", timeout=300).json()["result"]
        session.headers.update({"X-CSRFToken": token, "Referer": self.address})
        self.session = session

    def call(self, method, path, **more):
        """A token lives for a quarter of an hour, which a busy machine takes longer than."""
        answer = self.session.request(method, f"{self.address}api/v1/{path}", timeout=300, **more)
        if answer.status_code == 401:
            self.log_in(self.password)
            answer = self.session.request(method, f"{self.address}api/v1/{path}", timeout=300, **more)
        assert answer.status_code == 200, f"{path}: {answer.text} {more}"
        return answer.json()

    def get(self, path):
        return self.call("GET", path)

    def ask(self, request):
        """The chart-data API; the rows of the first query."""
        return self.call("POST", "chart/data", json=request)["result"][0]["data"]

    def log(self):
        return (self.folder / "superset.log").read_text(errors="replace")


@pytest.fixture(scope="session")
def shop(tmp_path_factory):
    """Two weeks of a shop in the marts, published; some of its visitors mean no good."""
    job = rcml_program.Job(tmp_path_factory.mktemp("shop"), events=30_000, seed=7, days=14)
    hostile = job.root / "hostile.ndjson"
    events = [*hostile_events(900), *visit_over_the_last_midnight()]
    hostile.write_text("".join(json.dumps(event) + "\n" for event in events))
    rcml_program.run("import", hostile, "--format", "ndjson", "--source-name", "hostile", "--out", job.spool)
    job.stream()
    job.load()
    transform(job.warehouse)
    return job


def transform(warehouse):
    rcml_program.run("transform", "--warehouse", warehouse, "--project-dir", REPO / "dags/clickstream")


@pytest.fixture(scope="session")
def superset(shop, tmp_path_factory):
    instance = Superset(tmp_path_factory.mktemp("superset"), RCML_WAREHOUSE=shop.warehouse)
    try:
        done = instance.up()
        instance.first_words = done
        instance.log_in(re.search(r"^Password: +(\S+)", done.stdout, re.M)[1])
        yield instance
    finally:
        instance.run("down")
        print(f"seconds per command: {instance.seconds}")


@pytest.fixture(scope="session")
def looks(superset, tmp_path_factory):
    """What a browser saw, by the name of the look; a picture of each lies in RCML_TMP/superset if that is set."""
    folder = pathlib.Path(os.environ.get("RCML_TMP") or tmp_path_factory.mktemp("looks")) / "superset"
    done = subprocess.run(
        ["node", str(HERE / "browser.mjs"), superset.address, superset.password, str(folder), json.dumps(LOOKS)],
        capture_output=True, text=True, timeout=900, env={**os.environ, "RCML_DEPS": str(rcml_program.DEPS)},
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout}{done.stderr}\n{superset.log()[-3000:]}"
    print(f"pictures: {folder}")
    return {look["name"]: json.loads((folder / look["name"] / "seen.json").read_text()) for look in LOOKS}


@pytest.fixture(scope="session")
def postgres_marts(shop, postgres):
    """The shop's marts in PostgreSQL, under a password with every character that an address escapes."""
    warehouse = postgres.url.replace("rcml@", "rcml:p%40ss%2Fw%3Ard@")
    rcml_program.run("load", "--lake", shop.lake, "--warehouse", warehouse)
    transform(warehouse)
    return warehouse


@pytest.fixture(scope="session")
def redshift_marts(shop, s3, double, request):
    """The names of the .env that lead to the shop's marts through the double."""
    if not rcml_program.IS_FULL:
        request.getfixturevalue("postgres_marts")
        return redshift_names(double, "postgres")
    lake, names = f"s3://{s3.bucket}/superset/", redshift_names(double, double.make_database("superset"))
    cloud = {**s3.env(), **names}
    rcml_program.run("stream", "--from", shop.spool, "--lake", lake, "--drain", env=cloud)
    rcml_program.run("load", "--lake", lake, "--warehouse", double.url("superset"), env=cloud)
    transform(double.url("superset"))
    return names


def redshift_names(double, database):
    names = {**double.environment(database), "RS_SSLMODE": "disable"}
    return {name: value for name, value in names.items() if name.startswith("RS_")}
