"""A simulated day, hour by hour: generate -> stream -> the DAG, with the rows counted at each place after each run.

The tests of this file are the hours of one day and run in their order.
"""

import json

from hours import passed, report, run_hour, two_hours_by_dags_test
from rcml_program import RCML
from shop import DAY, NEXT_DAY, check_counts, script


def test_two_hours_in_a_row(airflow, shop):
    two_hours_by_dags_test(airflow, shop)


def test_the_same_hour_again_changes_nothing_and_a_late_run_is_told(airflow, shop, tmp_path):
    before = shop.counts()
    hook = script(tmp_path / "alert", f"cat >>{tmp_path}/alerts\n")
    env = {"RCML_SLA_MINUTES": "0.001", "RCML_ALERT_COMMAND": hook}
    passed(run_hour(airflow, shop, f"{DAY}T14:00:00", env=env), airflow)
    assert shop.counts() == before
    (alert,) = map(json.loads, (tmp_path / "alerts").read_text().splitlines())
    assert (alert["event"], alert["dag"], alert["task"]) == ("late", "clicks_redshift", "audit")


def test_an_hour_long_past_and_a_month_loaded_again_change_no_count(airflow, shop):
    """Known failure A1 with catch-up on, and a backfill: runs of any date that change no row count."""
    before = shop.counts()
    conf = {"replace_dt": "2026-03-01..2026-03-31", "full_refresh": True}
    passed(run_hour(airflow, shop, "2026-02-01T00:00:00", conf=conf), airflow)
    assert shop.counts() == before


def test_a_load_killed_after_its_commit_is_tried_again_and_loads_nothing_twice(airflow, shop, tmp_path):
    """Known failure A2. The first attempt dies as in a power cut, after the commit and before it could say so."""
    shop.arrive()
    wrapper = script(
        tmp_path / "rcml_dies_once",
        f"""if [ "$1" = load ] && mkdir {tmp_path}/died 2>/dev/null; then export RCML_CRASH_AT=load.after_commit; fi
exec {RCML} "$@"
""",
    )
    done = run_hour(airflow, shop, f"{DAY}T15:00:00", env={"RCML_BIN": wrapper})
    passed(done, airflow)
    assert (tmp_path / "died").exists()
    assert done["tasks"]["load"]["tries"] == 2
    counts = shop.counts()
    report("whole day, killed once", counts)
    check_counts(shop, counts)
    truth = shop.truth()
    assert counts["events"] == truth["events"]
    assert counts["raw"] == truth["events"] + truth["faults"]["duplicates"] + truth["faults"]["conflicts"]


def test_the_marts_equal_the_generators_truth(shop):
    shop.audit_truth()


def test_the_daily_care_changes_files_and_no_rows(airflow, shop):
    before = shop.counts()
    files = len(list((shop.lake / "bronze/clicks/_delta_log").glob("*.checkpoint*.parquet")))
    passed(airflow.run_dag("clicks_lake_care", f"{NEXT_DAY}T00:30:00", env=shop.env), airflow)
    assert len(list((shop.lake / "bronze/clicks/_delta_log").glob("*.checkpoint*.parquet"))) > files
    assert shop.counts() == before


def test_an_event_of_23_50_that_lands_at_00_07_is_in_the_next_run(airflow, shop):
    """The one row more, by an hour after the daily care: what the care rewrote is not loaded again."""
    before, on_the_day = shop.counts(), shop.rows_of_date(DAY)
    event = {
        "event_id": "late-1",
        "anonymous_id": "late-visitor",
        "event_type": "page_view",
        "page": "/late",
        "device": "mobile",
        "event_ts": f"{DAY}T23:50:00Z",
        "source": "web",
    }
    shop.append([json.dumps(event).encode() + b"\n"])
    passed(run_hour(airflow, shop, f"{NEXT_DAY}T01:00:00"), airflow)
    counts = shop.counts()
    check_counts(shop, counts)
    assert shop.rows_of_date(DAY) == on_the_day + 1
    assert counts["events"] == before["events"] + 1
    assert counts["sessions"] == before["sessions"] + 1


def test_what_needs_a_person_is_told_at_once_and_not_tried_again(airflow, shop, tmp_path):
    hook = script(tmp_path / "alert", f"cat >>{tmp_path}/alerts\n")
    env = {"RCML_WAREHOUSE": "oracle://nowhere", "RCML_ALERT_COMMAND": hook}
    done = run_hour(airflow, shop, f"{NEXT_DAY}T05:00:00", env=env)
    assert done["state"] == "failed"
    assert done["tasks"]["load"] == {"state": "failed", "tries": 1}
    assert done["tasks"]["dbt_build"]["state"] == "upstream_failed"
    (alert,) = map(json.loads, (tmp_path / "alerts").read_text().splitlines())
    assert (alert["event"], alert["dag"], alert["task"]) == ("failed", "clicks_redshift", "load")
    assert "oracle" in alert["detail"]
