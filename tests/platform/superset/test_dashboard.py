"""The dashboard in a real Superset: what it shows is what SQL says, however it is filtered, fed and looked at."""

import json
import re
import shutil
import subprocess
import threading

import expected
import pytest
import rcml_program
import yaml
from conftest import HOSTILE_CAMPAIGN, HOSTILE_PAGE, REPO, Superset, transform

ASSETS = REPO / "dashboards/superset"
FILTERS = {"plain": {}, "elsewhere": {}, "filtered": {"device": "mobile", "days": ("2026-03-03", "2026-03-06")}}
# What the README of the project promises by name.
SEED = [
    "Sessions (Last 7d)", "Conversion Rate", "Avg Session Minutes", "Checkouts", "Sessions per day", "Conversion rate (%)",
    "Top pages", "Device share", "UTM campaigns (traffic & checkouts)", "Events by hour × weekday", "Latest 100 events",
]  # fmt: skip


def published(shop):
    return shop.root / "clicks.published.duckdb"


def answers(look):
    """Chart -> (request, answer) as the browser had them."""
    titles = {chart["slice_id"]: chart["title"] for chart in look["charts"]}
    return {titles[query["slice_id"]]: query for query in look["queries"] if query["slice_id"] in titles}


def test_a_password_is_made_and_shown_once(superset):
    assert len(superset.password) >= 20
    assert superset.password not in superset.log()
    for file in superset.folder.iterdir():
        if file.is_file():
            assert superset.password.encode() not in file.read_bytes(), file
    assert (superset.folder / "secret_key").stat().st_mode & 0o077 == 0


def test_a_second_up_changes_nothing(superset):
    before = (superset.folder / "gunicorn.pid").read_text()
    done = superset.up()
    assert "Password" not in done.stdout
    assert "runs already" in done.stderr and "importing" not in done.stderr
    assert (superset.folder / "gunicorn.pid").read_text() == before


@pytest.mark.parametrize("look", ["plain", "filtered"])
def test_the_browser_shows_every_chart_without_an_error(looks, look):
    seen = looks[look]
    assert sorted(chart["title"] for chart in seen["charts"]) == sorted(expected.CHARTS)
    assert set(SEED) <= set(expected.CHARTS)
    for chart in seen["charts"]:
        assert not chart["errors"], f"{chart['title']}: {chart['errors']}"
        assert not re.search(r"unexpected error|data error|see more", chart["text"], re.I), chart
    assert [query["answer"] for query in seen["queries"] if query["status"] != 200] == []


def test_each_look_asks_once_per_chart_and_gets_what_sql_says(shop, looks):
    for name, filters in FILTERS.items():
        asked = answers(looks[name])
        assert sorted(asked) == sorted(expected.CHARTS), name
        for chart, query in asked.items():
            data = query["answer"]["result"][0]["data"]
            expected.check(chart, data, expected.rows(published(shop), chart, **filters))


def test_numbers_are_there_to_be_wrong_about(shop):
    """The check above means something: nearly every chart has rows, and they differ when filtered."""
    for chart in expected.CHARTS:
        plain = expected.rows(published(shop), chart)
        assert plain and any(value for row in plain for value in row), chart
        if not chart.startswith("Data "):
            assert plain != expected.rows(published(shop), chart, **FILTERS["filtered"]), chart


def test_big_numbers_read_as_they_should(shop, looks):
    def text(chart):
        return next(seen["text"] for seen in looks["plain"]["charts"] if seen["title"] == chart)

    def value(chart):
        return expected.rows(published(shop), chart)[0][0]

    assert f"{value('Sessions (Last 7d)'):,}" in text("Sessions (Last 7d)")
    assert f"{value('Conversion Rate'):.2%}" in text("Conversion Rate")
    assert f"{value('Avg Session Minutes'):,.2f}" in text("Avg Session Minutes")
    assert f"{value('Checkouts'):,}" in text("Checkouts")
    assert f"{value('Average order value'):,.2f}" in text("Average order value")


def test_it_looks_the_same_in_another_time_zone_and_on_a_dark_system(looks):
    for here, there in zip(looks["plain"]["charts"], looks["elsewhere"]["charts"], strict=True):
        assert here["text"] == there["text"], here["title"]
        assert here["pictures"] == there["pictures"], f"{here['title']} looks different elsewhere"
    assert sum(len(chart["pictures"]) for chart in looks["plain"]["charts"]) >= 10


def test_markup_in_an_event_is_text(looks):
    text = {chart["title"]: chart["text"] for chart in looks["filtered"]["charts"]}
    assert HOSTILE_CAMPAIGN in text["Campaigns: conversion and revenue"]
    assert HOSTILE_PAGE in json.dumps(answers(looks["filtered"])["Top pages"]["answer"], ensure_ascii=False).replace(
        '\\"', '"'
    )
    for look in looks.values():
        assert look["scripts_run"] is False
        assert not [complaint for complaint in look["complaints"] if complaint.startswith("dialog")]


def test_nothing_is_fetched_from_another_host(looks):
    for look in looks.values():
        assert look["answered_elsewhere"] == []


def test_bots_can_be_included_and_nothing_can_be_divided_by(shop, superset, looks):
    for chart, query in answers(looks["plain"]).items():
        request = json.loads(json.dumps(query["request"]))
        kept = [f for f in request["queries"][0]["filters"] if f["col"] != "traffic"]
        everybody = (
            [*kept, {"col": "traffic", "op": "IN", "val": ["people", "bots"]}]
            if len(kept) < len(request["queries"][0]["filters"])
            else kept
        )
        request["queries"][0]["filters"] = everybody
        expected.check(chart, superset.ask(request), expected.rows(published(shop), chart, with_bots=True))
        request["queries"][0]["filters"] = [*everybody, {"col": "device", "op": "IN", "val": ["no such device"]}]
        for row in (
            superset.ask(request) if chart in ("Conversion Rate", "Average order value", "Avg Session Minutes") else []
        ):
            assert set(row.values()) == {None}, f"{chart} of nothing is no number: {row}"


def test_an_export_says_what_was_changed_and_an_import_takes_it_back(superset, tmp_path):
    copy = tmp_path / "superset"
    shutil.copytree(ASSETS, copy)
    before = superset.get("chart/?q=(page_size:100)")
    chart = next(row for row in before["result"] if row["slice_name"] == "Checkouts")
    saved = superset.get(f"chart/{chart['id']}")["result"]
    params = json.dumps({**json.loads(saved["params"]), "subtitle": "changed in the browser"})
    superset.call("PUT", f"chart/{chart['id']}", json={"params": params})

    superset.run("export", copy)
    changes = subprocess.run(["diff", "-rU0", ASSETS, copy], capture_output=True, text=True).stdout
    lines = [line for line in changes.splitlines() if re.match(r"[-+][^-+]", line)]
    assert lines == ["-  subtitle: checkout events", "+  subtitle: changed in the browser"], changes

    superset.run("import")
    again = superset.run("export", copy)
    assert again.stdout.split() == ["changed", "charts/checkouts.yaml"], again.stdout
    assert subprocess.run(["diff", "-r", ASSETS, copy], capture_output=True, text=True).stdout == ""
    after = superset.get("chart/?q=(page_size:100)")
    assert sorted(row["id"] for row in after["result"]) == sorted(row["id"] for row in before["result"])
    for kind in ("database", "dataset", "dashboard"):
        assert superset.get(f"{kind}/")["count"] == len(list((ASSETS / f"{kind}s").glob("*.yaml")))


def test_loading_goes_on_while_superset_reads(shop, superset, looks):
    """A load and a build under a stream of questions: no question fails, and the next answer has the new events."""
    request = answers(looks["plain"])["Revenue"]["request"]
    more = shop.root / "more.ndjson"
    bought = {
        "event_type": "purchase",
        "event_ts": "2026-03-07T10:00:00Z",
        "device": "desktop",
        "anonymous_id": "late-buyer",
    }
    lines = [{**bought, "event_id": f"more-{n}", "order_id": f"order-{n}", "revenue": 1000.25} for n in range(3)]
    more.write_text("".join(json.dumps(line) + "\n" for line in lines))
    before, stop, failures, asked = superset.ask(request)[0]["revenue_total"], threading.Event(), [], []

    def keep_asking():
        while not stop.is_set():
            try:
                asked.append(superset.ask(request)[0]["revenue_total"])
            except AssertionError as error:
                failures.append(str(error))

    viewer = threading.Thread(target=keep_asking)
    viewer.start()
    try:
        rcml_program.run("import", more, "--format", "ndjson", "--source-name", "more", "--out", shop.spool)
        shop.stream()
        shop.load()
        transform(shop.warehouse)
    finally:
        stop.set()
        viewer.join()
    assert not failures and len(asked) > 3
    assert superset.ask(request)[0]["revenue_total"] == pytest.approx(before + 3000.75)


def ask_all(shop, superset, looks):
    """Every question of the browser, with and without filters, put again to whatever Superset stands on now."""
    for name in ("plain", "filtered"):
        for chart, query in answers(looks[name]).items():
            data = superset.ask(query["request"])
            expected.check(chart, data, expected.rows(published(shop), chart, **FILTERS[name]))


def test_postgres_gives_the_same_numbers(shop, superset, looks, postgres_marts):
    """The same instance, pointed at another warehouse by one import."""
    superset.warehouse = {"RCML_WAREHOUSE": postgres_marts}
    superset.run("import")
    ask_all(shop, superset, looks)
    uri = superset.get("database/1/connection")["result"]["sqlalchemy_uri"]
    assert uri.startswith("postgresql+psycopg2://rcml:XXXXXXXXXX@127.0.0.1"), uri
    assert "p@ss/w:rd" not in superset.log() and "p%40ss" not in superset.log()


def test_redshift_gives_the_same_numbers(shop, superset, looks, double, redshift_marts):
    """By the classic names of the .env; the double refuses what Redshift refuses."""
    superset.warehouse = redshift_marts
    asked_before = len(double.statements())
    assert "importing" in superset.up().stderr
    ask_all(shop, superset, looks)
    uri = superset.get("database/1/connection")["result"]["sqlalchemy_uri"]
    assert uri.startswith("redshift+psycopg2://awsuser:XXXXXXXXXX@127.0.0.1"), uri
    assert redshift_marts["RS_PWD"] not in superset.log()
    asked = double.statements()[asked_before:]
    assert len(asked) > 2 * len(expected.CHARTS)
    assert [sql for sql in asked if not re.match(r"\s*(select|with|show|begin|commit|rollback)\b", sql, re.I)] == []


def test_every_column_a_chart_names_is_in_the_manifest(tmp_path):
    manifest = dbt_manifest(tmp_path)
    models = {
        node["name"]: set(node["columns"]) for node in manifest["nodes"].values() if node["resource_type"] == "model"
    }
    datasets = {d["uuid"]: d for d in map(load, (ASSETS / "datasets").glob("*.yaml"))}
    for path in sorted((ASSETS / "charts").glob("*.yaml")):
        chart = load(path)
        dataset = datasets[chart["dataset_uuid"]]
        missing = columns_of(chart["params"], dataset) - models[dataset["table_name"]]
        assert not missing, (
            f"{path.name}: {dataset['table_name']} has no {sorted(missing)} in dags/clickstream/models/schema.yml"
        )
    exposure = manifest["exposures"]["exposure.clickstream.clickstream_overview"]
    assert {name.split(".")[-1] for name in exposure["depends_on"]["nodes"]} == {
        d["table_name"] for d in datasets.values()
    }


def dbt_manifest(folder):
    environment = {**dict(rcml_program.os.environ), "RCML_DBT_DUCKDB_PATH": str(folder / "none.duckdb")}
    command = [rcml_program.DEPS / "python-tools/bin/dbt", "parse", "--project-dir", REPO / "dags/clickstream",
               "--profiles-dir", REPO / "dags/clickstream", "--target-path", folder, "--log-path", folder]  # fmt: skip
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((folder / "manifest.json").read_text())


def load(path):
    return yaml.safe_load(path.read_text())


def columns_of(params, dataset):
    """The mart's columns behind a chart: named by itself, or by the metrics and calculated columns it uses."""
    metrics = {metric["metric_name"]: metric["expression"] for metric in dataset["metrics"]}
    calculated = {
        column["column_name"]: column["expression"] for column in dataset["columns"] if "expression" in column
    }
    physical = {column["column_name"] for column in dataset["columns"]} - set(calculated)
    used = named(params) | ({"traffic", "device", "utm_campaign"} & (physical | set(calculated)))  # The filters'.
    found = set()
    for name in used:
        expression = metrics.get(name) or calculated.get(name)
        if expression is None:
            found.add(name)
        else:
            found |= set(re.findall(r"[a-z_]+", re.sub(r"'[^']*'", "", expression))) & physical
    return found


def named(params):
    """Columns and metrics by the parameters that hold them."""
    found = {f["subject"] for f in params.get("adhoc_filters", [])}
    found |= {json.loads(pair)[0] for pair in params.get("order_by_cols", [])}
    for key in ("x_axis", "metric", "timeseries_limit_metric", "x_axis_sort", "groupby", "metrics", "all_columns"):
        value = params.get(key, [])
        found |= set(value if isinstance(value, list) else [value])
    return found


def test_down_stops_it_and_up_finds_everything_again(superset):
    superset.run("down")
    assert "nothing runs here" in superset.run("down").stderr
    done = superset.up()
    assert "importing" not in done.stderr and "Password" not in done.stdout
    assert superset.session.get(f"{superset.address}health", timeout=60).text == "OK"


def test_faults_name_their_cure(tmp_path):
    nothing = Superset(tmp_path / "state", RCML_WAREHOUSE=f"duckdb:{tmp_path}/none.duckdb")
    assert "Run: rcml transform" in nothing.run("up", code=2).stderr
    nothing.warehouse = {"RCML_WAREHOUSE": "mysql://u:secret@h/db"}
    failed = nothing.run("up", code=2)
    assert "none of ours" in failed.stderr and "secret" not in failed.stderr
    assert "Run: tools/superset.sh up" in nothing.run("export", code=2).stderr
    assert "no command" in nothing.run("upp", code=2).stderr
