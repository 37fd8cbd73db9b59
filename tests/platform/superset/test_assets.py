"""From files to a bundle and back, and from a warehouse's URL to a connection: without Superset."""

import subprocess

import assets
import connection
import pytest
import rcml_program
import yaml
from conftest import REPO

ASSETS = REPO / "dashboards/superset"
LABEL_COLOUR = "#1f1f1f"
TARGET = assets.Target("duckdb:////somewhere/clicks.published.duckdb", {"connect_args": {"read_only": True}})


def test_what_goes_in_comes_out(tmp_path):
    files = assets.read(ASSETS)
    bundle = assets.expand(files, TARGET)
    assert yaml.safe_load(bundle["databases/clickstream_warehouse.yaml"])["sqlalchemy_uri"] == TARGET.uri
    assert assets.collapse(bundle) == files
    assert assets.write(tmp_path, files) != []
    assert assets.write(tmp_path, files) == []
    for path in files:
        assert (tmp_path / path).read_text() == (ASSETS / path).read_text(), path


def test_files_hold_no_ids_of_a_server_and_no_palettes():
    for path in sorted(ASSETS.glob("*/*.yaml")):
        text = path.read_text()
        for word in (
            "chartId",
            "chartsInScope",
            "slice_id",
            "datasource",
            "color_scheme",
            "shared_label_colors",
            "map_label_colors",
            "filterOptionName",
        ):
            assert word not in text, f"{path}: {word}"
        assert "password" not in text and "duckdb:" not in text


def test_what_a_browser_adds_is_left_out():
    files = assets.read(ASSETS)
    bundle = {path: yaml.safe_load(text) for path, text in assets.expand(files, TARGET).items()}
    for number, (path, content) in enumerate(bundle.items()):
        if path.startswith("charts/"):
            content["params"] |= {"slice_id": number, "datasource": f"{number}__table", "dashboards": [9]}
            for one in content["params"]["adhoc_filters"]:
                one["filterOptionName"] = f"filter_{number}"
        if path.startswith("datasets/"):
            for column in content["columns"]:
                column["type"] = {"VARCHAR": "VARCHAR(64)", "DECIMAL": "NUMERIC(18, 2)"}.get(
                    column["type"], column["type"]
                )
        if path.startswith("dashboards/"):
            metadata = content["metadata"]
            metadata |= {
                "shared_label_colors": ["people"],
                "color_scheme_domain": ["#1FA8C9"],
                "chart_configuration": {"17": {"id": 17}},
            }
            for native_filter in metadata["native_filter_configuration"]:
                native_filter |= {"chartsInScope": [1, 2], "tabsInScope": []}
    assert assets.collapse({path: yaml.safe_dump(content) for path, content in bundle.items()}) == files


def test_a_filters_exceptions_are_kept_by_uuid():
    files = assets.read(ASSETS)
    dashboard = files["dashboards/clickstream_overview.yaml"]
    uuid = files["charts/top_pages.yaml"]["uuid"]
    dashboard["metadata"]["native_filter_configuration"][0]["scope"] = {"rootPath": ["ROOT_ID"], "excluded": [uuid]}
    bundle = assets.expand(files, TARGET)
    excluded = yaml.safe_load(bundle["dashboards/clickstream_overview.yaml"])["metadata"][
        "native_filter_configuration"
    ][0]["scope"]["excluded"]
    assert all(isinstance(number, int) for number in excluded) and len(excluded) == 1
    assert assets.collapse(bundle) == files


def test_a_broken_reference_names_the_file():
    files = assets.read(ASSETS)
    files["charts/top_pages.yaml"]["dataset_uuid"] = "none"
    with pytest.raises(assets.AssetError, match="charts/top_pages.yaml names a dataset_uuid"):
        assets.expand(files, TARGET)
    files = assets.read(ASSETS)
    del files["charts/top_pages.yaml"]
    with pytest.raises(assets.AssetError, match="CHART-top_pages names a chart uuid"):
        assets.expand(files, TARGET)


def test_every_ratio_is_safe():
    """A division has nullif around what it divides by, and divides a double."""
    for path in sorted((ASSETS / "datasets").glob("*.yaml")):
        for metric in yaml.safe_load(path.read_text())["metrics"]:
            if "/" in metric["expression"]:
                assert "/ nullif(" in metric["expression"], f"{path.name}: {metric['metric_name']}"
                assert metric["expression"].startswith("cast(") and "as double precision)" in metric["expression"]


def test_the_funnels_labels_can_be_read():
    """Superset writes a step's name into its bar, nearly black: every step has a colour on which that is legible."""
    colours = assets.read(ASSETS)["dashboards/clickstream_overview.yaml"]["metadata"]["label_colors"]
    assert list(colours) == ["session", "product", "cart", "checkout", "purchase"]
    for step, colour in colours.items():
        assert (luminance(colour) + 0.05) / (luminance(LABEL_COLOUR) + 0.05) >= 4.5, step


def luminance(colour):
    """Of #rrggbb, as the contrast rule of WCAG 2 has it."""
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_duckdb_is_read_by_its_published_copy():
    target = connection.target({"RCML_WAREHOUSE": "duckdb:/data/clicks.duckdb"})
    assert target.uri == "duckdb:////data/clicks.published.duckdb"
    arguments = target.engine_params["connect_args"]
    assert arguments["read_only"] is True and arguments["config"]["enable_external_access"] == "false"
    assert connection.duckdb_file("duckdb:///data/clicks") == "/data/clicks.published.duckdb"


def test_servers_are_reached_with_every_character_a_password_has():
    target = connection.target({"RCML_WAREHOUSE": "postgres://u%40x:p%2Fw%3A%40@db.example:5433/shop?sslmode=require"})
    assert target.uri == "postgresql+psycopg2://u%40x:p%2Fw%3A%40@db.example:5433/shop?sslmode=require"
    assert "default_transaction_read_only=on" in target.engine_params["connect_args"]["options"]


def test_redshift_by_its_url_and_by_the_classic_names():
    classic = {
        "RS_HOST": "c.example",
        "RS_DB": "dev",
        "RS_USER": "awsuser",
        "RS_PWD": "S3cret/@",
        "RCML_DBT_SCHEMA": "bi",
    }
    target = connection.target(classic)
    assert target.uri == "redshift+psycopg2://awsuser:S3cret%2F%40@c.example:5439/dev"
    assert target.engine_params == {"connect_args": {"sslmode": "verify-full"}} and target.schema == "bi"
    named = connection.target({"RCML_WAREHOUSE": "redshift://u:p@c:1/d?sslmode=require", "RS_SSLROOTCERT": "/ca.pem"})
    assert named.engine_params["connect_args"] == {"sslmode": "require", "sslrootcert": "/ca.pem"}


def test_the_drivers_of_all_three_are_installed():
    uris = [
        connection.target({"RCML_WAREHOUSE": url}).uri
        for url in ("duckdb:/x.duckdb", "postgres://u:p@h:1/d", "redshift://u:p@h:1/d")
    ]
    script = "import sys, sqlalchemy; print(*[sqlalchemy.create_engine(uri).dialect.name for uri in sys.argv[1:]])"
    command = [str(rcml_program.DEPS / "superset/bin/python"), "-c", script, *uris]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.split() == ["duckdb", "postgresql", "redshift"], done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "",
        "mysql://u:secret@h/d",
        "postgres://u:secret@/d",
        "postgres://u:secret@h:port/d",
        "duckdb:",
        "duckdb:/a b.duckdb",
    ],
)
def test_what_cannot_be_reached_is_said_without_a_password(url):
    with pytest.raises(connection.WarehouseError) as fault:
        connection.target({"RCML_WAREHOUSE": url})
    assert "secret" not in str(fault.value) and (
        "Set RCML_WAREHOUSE" in str(fault.value) or "Move the file" in str(fault.value)
    )
