"""Writes a published DuckDB copy with the marts' tables, for the page's browser and load tests.

    sample_marts.py FILE --kind shop|sparse|long|empty [--sessions N] [--days N]

shop    a believable shop, with attacker-controlled text in pages, campaigns, devices and cities
sparse  what imported history looks like: no device, city or campaign anywhere, hardly any purchases
long    campaigns, devices, cities and pages as long as the contract lets them be, without a space
empty   all tables, no rows

Written to a temporary name and renamed, as `rcml transform` publishes. The same arguments give the same rows.
"""

import argparse
import os

import duckdb

HOSTILE = [
    "/p/<script>window.__xss=1</script>",
    '/p/"><img src=x onerror=window.__xss=1>',
    "=cmd|' /C calc'!A0",
    "/p/{{constructor.constructor('window.__xss=1')()}}",
    "/p/\u202egnp.exe",
    "javascript:window.__xss=1",
]

SESSIONS = """
create table marts.fct_sessions as
with numbers as (
    select range as n, hash(range * 7919 + 13) as h from range({sessions})
),
shaped as (
    select
        n, h,
        timestamp '{last} 23:00:00' - to_seconds(cast(((h % 1000003) / 1000003.0) * {days} * 86400 as bigint)) as started,
        case when {sparse} then null when h % 100 < 64 then 'mobile' when h % 100 < 96 then 'desktop' when h % 1000 = 999 then '<b onmouseover=1>tv</b>' else 'tablet' end as device,
        case when {sparse} then null when (h // 7) % 10 < 4 then null
             else ['summer_sale', 'newsletter', 'brand_search', 'retargeting', '<script>window.__xss=1</script>', 'influencer_kim', 'back_to_school'][1 + cast((h // 11) % 7 as integer)] end as utm_campaign,
        case when {sparse} then null else ['Paris', 'Berlin', 'Madrid', 'Dublin', 'Lyon', '"><svg onload=window.__xss=1>', 'Köln'][1 + cast((h // 13) % 7 as integer)] end as geo_city,
        1 + cast(power((h // 17) % 1000 / 1000.0, 4) * 40 as bigint) as event_count,
        (h // 19) % 1000 as luck,
        (h // 23) % 1000 < 30 as is_bot
    from numbers
)
select
    md5(cast(n as varchar)) as session_key,
    'v' || cast((h // 29) % greatest(1, {sessions} * 2 // 3) as varchar) as visitor_id,
    'c' || cast(n as varchar) as client_key,
    cast(1 as bigint) as session_no,
    started as session_start,
    started + to_seconds(case when event_count = 1 then 0 else 20 * event_count + luck % 60 end) as session_end,
    cast(started as date) as session_date,
    hour(started) as session_hour,
    event_count,
    event_count as view_count,
    cast(case when event_count = 1 then 0 else 20 * event_count + luck % 60 end as bigint) as duration_s,
    is_bot,
    false as is_open,
    event_count = 1 as is_bounce,
    luck % 3 <> 0 as is_new_visitor,
    device, utm_campaign, geo_city,
    cast(luck < 45 as bigint) as checkout_count,
    cast(luck < 28 as bigint) as purchase_count,
    cast(luck < 28 as bigint) as order_count,
    case when luck < 28 then cast(19.9 + (luck * 37 % 200) as decimal(12, 2)) end as revenue,
    case when luck < 28 then 5 when luck < 45 then 4 when luck < 140 then 3 when luck < 620 then 2 else 1 end as funnel_step_reached,
    case when luck < 24 then 5 when luck < 41 then 4 when luck < 130 then 3 when luck < 620 then 2 else 1 end as funnel_step_ordered
from shaped
order by session_start
"""

# Bytes as in docs/formats/event.md.
LONG = """
update marts.fct_sessions set
    device = rpad(device, 16, 'w'), utm_campaign = rpad(utm_campaign, 64, 'W'), geo_city = rpad(geo_city, 64, 'M')
where {long}
"""

EVENTS = """
create table marts.int_events as
with pages as (select {hostile}::varchar[] as hostile),
events as (
    select s.*, e.i, hash(s.session_key || cast(e.i as varchar)) as eh
    from marts.fct_sessions s, lateral (select unnest(range(s.event_count)) as i) e
)
select
    md5(session_key || cast(i as varchar)) as event_id,
    client_key,
    session_no,
    case when i = 0 then 'page_view' when i = 1 and funnel_step_reached >= 2 then 'product_view' when i = 2 and funnel_step_reached >= 3 then 'add_to_cart' else 'page_view' end as event_type,
    case when {long} then rpad('/p/' || cast(eh % 50 as varchar), 256, 'W') when {sparse} then '/p/' || cast(eh % 500 as varchar) when eh % 400 < 6 then hostile[1 + cast(eh % 400 as integer)] when eh % 5 = 0 then '/' when eh % 5 = 1 then '/c/' || ['shoes', 'shirts', 'bags', 'sale'][1 + cast((eh // 5) % 4 as integer)] else '/p/' || cast(cast(power((eh // 31) % 1000 / 1000.0, 3) * 400 as bigint) as varchar) end as page,
    device, utm_campaign, geo_city,
    session_start + to_seconds(20 * i) as event_ts,
    session_start + to_seconds(20 * i + 2) as ingested_at,
    cast(session_start + to_seconds(20 * i) as date) as event_date,
    cast(null as decimal(12, 2)) as revenue,
    is_bot
from events, pages
order by event_ts
"""

PAGES = """
create table marts.fct_pages_daily as
select event_date, coalesce(page, '(none)') as page, coalesce(device, '(unknown)') as device, coalesce(utm_campaign, '(direct)') as utm_campaign, is_bot, count(*) as view_count
from marts.int_events where event_type in ('page_view', 'product_view') group by all
"""

HEATMAP = """
create table marts.fct_hourly_heatmap as
select event_date, isodow(event_date) as weekday_no, hour(event_ts) as event_hour, coalesce(device, '(unknown)') as device, coalesce(utm_campaign, '(direct)') as utm_campaign, is_bot, count(*) as event_count
from marts.int_events group by all
"""

LEDGER = """
create table raw.load_ledger as
select 'clicks/dt=' || cast(day as varchar) || '/clicks-0-' || cast(i as varchar) || '.parquet' as file_path,
       cast(i as bigint) as table_version, cast(1000 + i as bigint) as row_count, timestamp '{last} 23:10:00' - to_minutes(i) as loaded_at
from (select unnest(range(40)) as i, date '{last}' as day) l {where}
"""


QUALITY = """
create table marts.fct_data_quality as
select session_date as dt, sum(event_count)::bigint + 12 as raw_event_count, sum(event_count)::bigint as event_count, cast(9 as bigint) as duplicate_count, cast(3 as bigint) as conflict_count,
       cast(0 as bigint) as unusable_count, cast(5 as bigint) as late_count, cast(8 as bigint) as out_of_order_count, cast(0 as bigint) as late_dropped_count, count(*) as session_count,
       count(*) filter (where is_bot) as bot_session_count, count(*) as client_session_count, cast(0 as bigint) as several_session_ids_count, cast(2 as bigint) as cut_session_id_count,
       cast(0 as bigint) as no_session_id_count
from marts.fct_sessions group by session_date
"""

REJECTS = """
create table raw.raw_rejects as
select 'bad_json' as reason, 'byte 13: <b>no value</b>' as detail, encode('{{"event_id": <img src=x onerror=window.__xss=1>') as raw, cast(47 as bigint) as raw_bytes, 0 as source_partition,
       range as source_offset, timestamp '{last} 22:00:00' as ingested_at, date '{last}' as dt
from range(5) {where};
create table marts.fct_rejects_daily as
select dt as reject_date, reason, count(*) as reject_count, sum(raw_bytes)::bigint as reject_bytes, max(ingested_at) as last_ingested_at from raw.raw_rejects group by dt, reason
"""


def write(path: str, kind: str, sessions: int, days: int, last: str) -> None:
    temporary = path + ".tmp"
    if os.path.exists(temporary):
        os.remove(temporary)
    connection = duckdb.connect(temporary)
    connection.execute("create schema marts; create schema raw")
    sparse = "true" if kind == "sparse" else "false"
    count = 0 if kind == "empty" else sessions
    hostile = "[" + ", ".join("'" + text.replace("'", "''") + "'" for text in HOSTILE) + "]"
    values = {
        "sessions": count,
        "days": days,
        "last": last,
        "sparse": sparse,
        "long": "true" if kind == "long" else "false",
        "hostile": hostile,
        "where": "where false" if kind == "empty" else "",
    }
    for sql in (SESSIONS, LONG, EVENTS, PAGES, HEATMAP, LEDGER, QUALITY, REJECTS):
        connection.execute(sql.format(**values))
    connection.execute("checkpoint")
    connection.close()
    os.replace(temporary, path)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--kind", choices=["shop", "sparse", "long", "empty"], default="shop")
    parser.add_argument("--sessions", type=int, default=20_000)
    parser.add_argument("--days", type=int, default=75)
    parser.add_argument("--last", default="2025-08-24")
    arguments = parser.parse_args()
    write(arguments.file, arguments.kind, arguments.sessions, arguments.days, arguments.last)
