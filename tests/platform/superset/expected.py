"""What every chart has to say, as SQL of its own on sessions and events: never the query that Superset makes."""

import datetime
import decimal
import math

import duckdb

RATE = "cast(count(*) filter (is_converted and not is_open) as double) / nullif(count(*) filter (not is_open), 0)"

# Chart -> the answer's columns, and SQL over `sessions` and `events` (filtered) and `dateless` (not by date).
CHARTS = {
    "Sessions (Last 7d)": (["sessions"], "select count(*) from dateless where session_date > (select max(session_date) from labelled) - 7"),
    "Conversion Rate": (["conversion_rate"], f"select {RATE} from sessions"),
    "Avg Session Minutes": (["avg_session_minutes"], "select avg(duration_us) / 60000000 from sessions"),
    "Checkouts": (["checkouts"], "select sum(checkout_count) from sessions"),
    "Revenue": (["revenue_total"], "select sum(revenue) from sessions"),
    "Average order value": (["average_order_value"], "select sum(revenue) / nullif(sum(order_count), 0) from sessions"),
    "Data shown": (["report_tz", "first_date", "last_date"], "select 'UTC', min(event_date), max(event_date) from every_event"),
    "Sessions per day": (["kpi_date", "sessions"], "select session_date, count(*) from sessions group by 1"),
    "Conversion rate (%)": (["kpi_date", "conversion_rate"], f"select session_date, {RATE} from sessions group by 1"),
    "Revenue per day": (["kpi_date", "revenue_total"], "select session_date, sum(revenue) from sessions group by 1"),
    "Funnel": (
        ["step_name", "reached_sessions"],
        "select step, count(*) filter (funnel_step_reached >= no) from sessions, (values (1, 'session'), (2, 'product'), (3, 'cart'), (4, 'checkout'), (5, 'purchase')) as steps(no, step) group by 1",
    ),
    "Device share": (["device", "sessions"], "select device, count(*) / sum(count(*)) over () from sessions group by 1"),
    "Top pages": (
        ["page", "views"],
        "select coalesce(page, '(none)'), count(*) filter (event_type in ('page_view', 'product_view')) as n from events group by 1 order by n desc limit 15",
    ),
    "UTM campaigns (traffic & checkouts)": (
        ["utm_campaign", "sessions", "checkouts"],
        "select utm_campaign, count(*) as n, sum(checkout_count) from sessions group by 1 order by n desc limit 12",
    ),
    "Events by hour × weekday": (
        ["hour_of_day", "weekday", "events"],
        "select strftime(event_ts, '%H'), isodow(event_ts) || ' ' || strftime(event_ts, '%a'), count(*) from events group by 1, 2",
    ),
    "Campaigns: conversion and revenue": (
        ["utm_campaign", "sessions", "conversion_rate", "checkouts", "revenue_total", "last_touch_revenue_total", "first_touch_revenue_total"],
        f"""select name, count(s.session_key), (select {RATE} from sessions where utm_campaign = name), coalesce(sum(checkout_count), 0), coalesce(sum(revenue), 0),
                   (select coalesce(sum(revenue), 0) from sessions where coalesce(attributed_campaign, '(direct)') = name),
                   (select coalesce(sum(revenue), 0) from sessions where coalesce(first_touch_campaign, '(direct)') = name)
            from (select utm_campaign as name from sessions union select coalesce(attributed_campaign, '(direct)') from sessions union select coalesce(first_touch_campaign, '(direct)') from sessions)
            left join sessions s on s.utm_campaign = name group by name""",
    ),
    "Data quality: what was set right per day": (
        ["dt", "duplicates", "conflicts", "unusable_events", "late_events", "out_of_order_events"],
        "select dt, duplicate_count, conflict_count, unusable_count, late_count, out_of_order_count from marts.fct_data_quality where {dt}",
    ),
    "Data quality: rejects by reason, all time": (["reason", "rejects"], "select reason, sum(reject_count) from marts.fct_rejects_daily group by 1"),
    "Data quality: bot sessions (%)": (
        ["dt", "bot_session_rate"],
        "select dt, bot_session_count / cast(nullif(session_count, 0) as double) from marts.fct_data_quality where {dt}",
    ),
    "Latest 100 events": (
        ["event_time", "event_type", "page", "device", "utm_campaign", "geo_city", "visitor_id", "revenue"],
        "select event_ts, event_type, page, device, utm_campaign, geo_city, visitor_id, revenue from events order by event_ts desc, event_id desc limit 100",
    ),
}  # fmt: skip

BASE = """
with labelled as (
    select * replace (coalesce(device, '(unknown)') as device, coalesce(utm_campaign, '(direct)') as utm_campaign) from marts.fct_sessions
),
dateless as (select * from labelled where {kind}),
sessions as (select * from dateless where {session_date}),
every_event as (select event_id, event_ts, cast(event_ts as date) as event_date, event_type, page, geo_city, revenue, client_key, session_no from marts.int_events),
events as (
    select e.*, s.device, s.utm_campaign, s.visitor_id from every_event e
    inner join dateless s on e.client_key = s.client_key and e.session_no = s.session_no where {event_date}
)
"""


def rows(file, chart, device=None, days=None, with_bots=False):
    """What the chart's rows must be. `days` are (first, the day after the last)."""
    kind = ("true" if with_bots else "not is_bot") + (f" and device = '{device}'" if device else "")
    ranges = {
        column: f"{column} >= date '{days[0]}' and {column} < date '{days[1]}'" if days else "true"
        for column in ("session_date", "event_date", "dt")
    }
    sql = (BASE + CHARTS[chart][1]).format(kind=kind, **ranges)
    with duckdb.connect(str(file), read_only=True) as connection:
        return [tuple(map(plain, row)) for row in connection.execute(sql).fetchall()]


def plain(value):
    """As JSON has it: milliseconds for a time, a number for an amount."""
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=datetime.UTC).timestamp() * 1000
    if isinstance(value, datetime.date):
        return plain(datetime.datetime(value.year, value.month, value.day))
    return float(value) if isinstance(value, decimal.Decimal) else value


def shown(chart, data):
    """A chart's answer as rows of the columns that count."""
    return [tuple(row[column] for column in CHARTS[chart][0]) for row in data]


def check(chart, data, wanted):
    got, wanted = meaningful(chart, shown(chart, data)), meaningful(chart, wanted)
    assert len(got) == len(wanted), f"{chart}: {len(got)} rows, wanted {len(wanted)}\n{got}\n{wanted}"
    for left, right in zip(sorted(got, key=order), sorted(wanted, key=order), strict=True):
        assert all(map(is_same, left, right)), f"{chart}: {left}, wanted {right}"


def meaningful(chart, found):
    """A day without sessions is a row for some and none for others; who is last of a top list is open when equal."""
    if CHARTS[chart][0][0] in ("kpi_date", "dt"):
        found = [row for row in found if any(value for value in row[1:])]
    if chart in ("Top pages", "UTM campaigns (traffic & checkouts)"):
        least = min((row[1] for row in found), default=0)
        found = [row if row[1] != least else (None, *row[1:2]) for row in found]
    return found


def order(row):
    return [(value is None, round(value, 3) if isinstance(value, (int, float)) else value or "") for value in row]


def is_same(left, right):
    if isinstance(left, (int, float)) and isinstance(right, (int, float)):
        return math.isclose(left, right, rel_tol=1e-9, abs_tol=1e-6)
    return left == right
