"""Cut texts fit: lengths are bytes in Redshift's VARCHAR, and COPY refuses a whole file for one byte too many."""

import double as doubles
from lakes import RedshiftDouble
from long_texts import BYTES_MAX, CUT_COLUMNS, edge_events
from project import Duck, Pg
from rcml_program import run

ROWS = "select event_id, page, geo_city from raw.raw_clicks order by event_id"
LONGEST = "select max(octet_length(page)), max(octet_length(geo_city)) from raw.raw_clicks"


def test_cut_texts_are_the_same_in_three_warehouses(tmp_path, s3, double, postgres):
    events = edge_events()
    spool, lake = f"spool:{tmp_path / 'spool'}", f"s3://{s3.bucket}/truncate/"
    (tmp_path / "events.ndjson").write_text("".join(line + "\n" for line, _ in events.values()))
    env = {**s3.env(), "RS_ROLE_ARN": doubles.ROLE_ARN, "RCML_TRUNCATE": ",".join(CUT_COLUMNS)}
    run("import", tmp_path / "events.ndjson", "--format", "ndjson", "--out", spool, env=env)
    run("stream", "--from", spool, "--lake", lake, "--drain", env=env)
    names = "truncate_redshift", "truncate_postgres"
    redshift = RedshiftDouble(double, double.make_database(names[0]))
    plain = Pg("127.0.0.1", postgres.port, database=double.make_database(names[1]))
    duck = Duck(tmp_path / "clicks.duckdb")
    urls = {
        duck: f"duckdb:{duck.path}",
        plain: f"postgres://rcml@127.0.0.1:{postgres.port}/{names[1]}",
        redshift: double.url(names[0]),
    }
    for url in urls.values():
        run("load", "--lake", lake, "--warehouse", url, env=env)
    expected = [(name, held.get("page", "/"), held.get("geo_city")) for name, (_, held) in sorted(events.items())]
    for warehouse, url in urls.items():
        assert sorted(warehouse.rows(ROWS)) == expected, warehouse.target
        run("audit", "--from", spool, "--lake", lake, "--warehouse", url, env=env)
    assert redshift.rows(LONGEST) == [(BYTES_MAX["page"], BYTES_MAX["geo_city"])]
