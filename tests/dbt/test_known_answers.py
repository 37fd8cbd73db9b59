"""Tiny histories whose sessions are known by hand, in one warehouse: every case is a visitor of its own.

The same cases run on DuckDB and on PostgreSQL; each target is built once.
"""

import datetime
import decimal

import pytest
from clicks import Log, otto_rows
from make_clicks import RAW_DDL
from project import REPO, Duck, dbt

OTTO = REPO / "tests" / "data" / "otto_sessions.jsonl"
BOT_START = datetime.datetime(2025, 8, 24, 9)


def cases():
    log = Log()
    for i, at in enumerate(["23:50", "23:58"]):  # D1
        log.add(f"d1-{i}", f"2025-08-24 {at}", customer="midnight")
    for i, at in enumerate(["00:05", "00:20"]):
        log.add(f"d1-{i + 2}", f"2025-08-25 {at}", customer="midnight")
    log.add("gap-0", "2025-08-24 10:00", customer="exact").add("gap-1", "2025-08-24 10:30", customer="exact")  # D7
    log.add("gap-2", "2025-08-24 11:00:00.000001", customer="exact")
    log.add("tie-b", "2025-08-24 10:00", "purchase", customer="tie", revenue="3.10", page="/b")
    log.add("tie-a", "2025-08-24 10:00", customer="tie", page="/a")
    log.add("late-1", "2025-08-24 10:05", customer="late").add("late-0", "2025-08-24 10:00", customer="late")  # D7
    log.add("twice", "2025-08-24 10:00", customer="twice").add("twice", "2025-08-24 10:00", customer="twice")  # D3
    log.add("clash", "2025-08-24 10:00", customer="clash", page="/first")
    log.add("clash", "2025-08-24 12:00", customer="clash", page="/second")
    log.add("same-position", "2025-08-24 10:00", customer="same-position", partition=7, offset=1)
    log.add("same-position", "2025-08-24 10:00", customer="same-position", partition=7, offset=1)
    log.add("nobody-1", "2025-08-24 10:00").add("nobody-2", "2025-08-24 10:00")  # D4
    log.add("client-only-1", "2025-08-24 10:00", session="s9").add("client-only-2", "2025-08-24 10:01", session="s9")
    for i, at in enumerate(["2021-01-01 13:00", "2021-01-01 13:10", "2021-06-01 15:00"]):  # D5
        log.add(f"d5-{i}", at, customer="months", session="aaa")
    for i in range(5000):  # D6
        log.add(f"d6-{i:04}", BOT_START + datetime.timedelta(milliseconds=120 * i), customer="headless")
    for i in range(10):  # zero-variance gaps, slow
        log.add(f"beat-{i}", BOT_START + datetime.timedelta(seconds=60 * i), customer="steady")
    for i in range(9):  # one event short of a verdict
        log.add(f"nine-{i}", BOT_START + datetime.timedelta(seconds=60 * i), customer="almost-steady")
    for i in range(100):  # 100 events in a minute are allowed, 101 are not
        log.add(f"fast-{i:03}", BOT_START + datetime.timedelta(microseconds=590_000 * i + i * i), customer="fast")
    for i in range(101):
        log.add(f"faster-{i:03}", BOT_START + datetime.timedelta(microseconds=590_000 * i + i * i), customer="faster")
    for i in range(100):  # 30 hours without a silence: cut after 24
        log.add(f"cap-{i:03}", BOT_START + datetime.timedelta(minutes=18 * i, microseconds=i * i), customer="tireless")
    log.add("login-0", "2025-08-24 10:00", anonymous="cookie-1", campaign="mail")
    log.add("login-1", "2025-08-24 12:00", anonymous="cookie-1").add(
        "login-2", "2025-08-24 12:01", "purchase", anonymous="cookie-1", customer="ann", order="o1", revenue="20.00"
    ).add("login-3", "2025-08-24 12:02", "purchase", anonymous="cookie-1", customer="ann", order="o1", revenue="5.50")
    log.add("shared-0", "2025-08-24 10:00", anonymous="cookie-2", customer="bob")
    log.add("shared-1", "2025-08-24 10:01", anonymous="cookie-2")
    log.add("shared-2", "2025-08-24 10:02", anonymous="cookie-2", customer="eve")
    log.add("phone", "2025-08-24 10:00", customer="two-devices", device="mobile")
    log.add("desk", "2025-08-24 10:00", customer="two-devices", device="desktop")
    for i, type_ in enumerate(["product_view", "add_to_cart", "checkout", "purchase"]):
        log.add(f"straight-{i}", f"2025-08-24 10:0{i}", type_, customer="straight")
    for i, type_ in enumerate(["purchase", "checkout", "add_to_cart", "product_view"]):
        log.add(f"backwards-{i}", f"2025-08-24 10:0{i}", type_, customer="backwards")
    for i, campaign in enumerate(["ad", None, None]):
        log.add(f"touch-{i}", f"2025-0{7 + (i > 0)}-{[25, 10, 30][i]} 10:00", customer="touched", campaign=campaign)
    log.add("empty-text", "2025-08-24 10:00", customer="", anonymous="", session="", device="", campaign="")
    return log.rows


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def built(request, artifacts, tmp_path_factory):
    if request.param == "postgres":
        warehouse = request.getfixturevalue("postgres")
        warehouse.execute("delete from raw.raw_clicks; drop schema if exists marts cascade")
    else:
        warehouse = Duck(tmp_path_factory.mktemp("cases") / "cases.duckdb")
        warehouse.execute(RAW_DDL)
    warehouse.insert(cases() + otto_rows(OTTO))
    dbt(warehouse, artifacts(request.param), "build")
    return warehouse


@pytest.fixture
def sessions(built):
    def ask(visitor, columns="event_count"):
        return built.rows(
            f"select {columns} from marts.fct_sessions where visitor_id = '{visitor}' order by session_start, device"
        )

    return ask


def test_midnight_does_not_split(sessions):
    assert sessions("midnight", "event_count, session_date, duration_us") == [
        (4, datetime.date(2025, 8, 24), 1_800_000_000)
    ]


def test_silence_of_exactly_thirty_minutes_does_not_split(sessions):
    assert sessions("exact") == [(2,), (1,)]


def test_equal_timestamps_are_ordered_by_event_id(sessions):
    assert sessions("tie", "landing_page, exit_page, duration_us, revenue") == [
        ("/a", "/b", 0, decimal.Decimal("3.10"))
    ]


def test_arrival_order_gives_no_negative_duration(sessions):
    assert sessions("late", "event_count, duration_us") == [(2, 300_000_000)]


def test_identical_copies_are_one_event(built, sessions):
    assert sessions("twice") == [(1,)]
    assert sessions("same-position") == [(1,)]
    assert built.rows("select count(*) from marts.int_click_copies where event_id = 'twice' and is_conflict") == [(0,)]


def test_conflict_keeps_the_first_and_flags_it(built, sessions):
    assert sessions("clash", "event_count, landing_page") == [(1, "/first")]
    assert built.rows("select has_conflict from marts.stg_clicks where event_id = 'clash'") == [(True,)]
    assert built.rows("select page from marts.int_click_copies where event_id = 'clash' and is_conflict") == [
        ("/second",)
    ]


def test_events_without_any_id_are_visitors_of_their_own(sessions):
    assert sessions("nobody-1") == [(1,)]
    assert sessions("nobody-2") == [(1,)]
    assert sessions("s9") == [(2,)]
    assert sessions("empty-text", "device, utm_campaign, session_id") == [(None, None, None)]


def test_client_session_id_kept_for_months_is_two_sessions(built, sessions):
    assert sessions("months") == [(2,), (1,)]
    assert built.rows("select sum(cut_session_id_count) from marts.fct_data_quality")[0][0] == 1


@pytest.mark.parametrize(
    ("visitor", "reason"),
    [
        ("headless", "session_too_long"), ("steady", "steady_beat"), ("almost-steady", None), ("fast", None),
        ("faster", "too_many_per_minute"),
    ],
)  # fmt: skip
def test_bots_are_flagged_and_kept(sessions, visitor, reason):
    assert sessions(visitor, "bot_reason, is_bot") == [(reason, reason is not None)]


def test_bots_stay_out_of_daily_kpis(built):
    assert built.rows(
        "select bot_session_count, bot_event_count from marts.fct_daily_kpis where kpi_date = date '2025-08-24'"
    ) == [(3, 5111)]


def test_a_run_longer_than_a_day_is_cut(sessions):
    assert sessions("tireless") == [(80,), (20,)]


def test_log_in_claims_the_anonymous_past(sessions):
    assert sessions("ann", "event_count, is_new_visitor, session_number, order_count, utm_campaign, attributed_campaign") == [
        (1, True, 1, 0, "mail", "mail"), (3, False, 2, 1, None, "mail"),
    ]  # fmt: skip
    assert sessions("cookie-1") == []


def test_another_customer_breaks_the_session(sessions):
    assert sessions("bob") == [(2,)]
    assert sessions("eve") == [(1,)]


def test_devices_of_one_customer_never_merge_and_have_keys_of_their_own(sessions):
    rows = sessions("two-devices", "device, session_key")
    assert [device for device, _ in rows] == ["desktop", "mobile"]
    assert len({key for _, key in rows}) == 2


def test_funnel_knows_order(sessions):
    assert sessions("straight", "funnel_step_reached, funnel_step_ordered") == [(5, 5)]
    assert sessions("backwards", "funnel_step_reached, funnel_step_ordered") == [(5, 2)]


def test_last_touch_is_forgotten_after_thirty_days(sessions):
    assert sessions("touched", "attributed_campaign, first_touch_campaign") == [
        ("ad", "ad"),
        ("ad", "ad"),
        (None, "ad"),
    ]


def test_a_day_without_sessions_is_a_row_with_null_ratios(built):
    assert built.rows(
        "select session_count, conversion_rate, avg_session_minutes, avg_order_value from marts.fct_daily_kpis"
        " where kpi_date = date '2025-08-27'"
    ) == [(0, None, None, None)]


def test_ratios_are_not_integers(built):
    rate = built.rows(
        "select conversion_rate, converted_session_count, session_count from marts.fct_daily_kpis"
        " where kpi_date = date '2025-08-24'"
    )[0]
    assert 0 < rate[0] < 1 and rate[0] == rate[1] / rate[2]


def test_otto_has_its_known_answers(built):
    otto = "from marts.int_events where event_id like 'otto-%'"
    assert built.rows(f"select count(*) {otto}") == [(862,)]
    assert built.rows(f"select event_type, count(*) {otto} group by 1 order by 1") == [
        ("add_to_cart", 52), ("product_view", 800), ("purchase", 10),
    ]  # fmt: skip
    assert built.rows(f"select count(*) from (select distinct client_key, session_no {otto}) as s") == [(144,)]
    assert built.rows("select count(*) from marts.fct_sessions where session_start < timestamp '2023-01-01'"
                      " and session_start > timestamp '2022-01-01' and is_bot") == [(0,)]  # fmt: skip


def test_nulls_are_labelled_in_aggregates(built):
    assert built.rows(
        "select distinct device, utm_campaign from marts.fct_kpis_cube where kpi_date = date '2022-08-01'"
    ) == [("(unknown)", "(direct)")]
