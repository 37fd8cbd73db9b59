"""make_clicks.py: a deterministic stream of clicks in raw.raw_clicks, for tests and measurements of the models.

Plain SQL over hashes, so that a million rows take a second and a seed gives the same rows everywhere. It holds every
fault the models must survive: duplicates, conflicts, late rows, bots, null ids, log-ins, shared devices, equal times.
The real simulated shoppers come from `rcml generate`; this one needs nothing but DuckDB.

    python make_clicks.py FILE.duckdb --events 1000000 --seed 1
"""

import argparse

import duckdb

RAW_DDL = """
create schema if not exists raw;
create table if not exists raw.raw_clicks (
  event_id varchar not null, customer_id varchar, session_id varchar, event_type varchar not null, page varchar,
  utm_campaign varchar, device varchar, geo_city varchar, event_ts timestamp not null, source varchar, dt date not null,
  anonymous_id varchar, product_id varchar, order_id varchar, revenue decimal(12,2), extra varchar,
  source_partition integer not null, source_offset bigint not null, ingested_at timestamp not null
);
create table if not exists raw.raw_rejects (
  reason varchar not null, detail varchar, raw blob not null, raw_bytes bigint not null,
  source_partition integer not null, source_offset bigint not null, arrived_at timestamp not null,
  ingested_at timestamp not null, dt date not null
);
create table if not exists raw.load_ledger (
  file_path varchar not null, table_version bigint not null, row_count bigint not null, loaded_at timestamp not null
);
"""

# u(n): a number in [0,1) that depends on the row and on n alone.
CLICKS = """
create or replace temp macro u(a, b, n) as (hash(a, b, n, {seed}) % 1000000007) / 1000000007.0;
create or replace temp table visits as
  select
    v as visit_no,
    'a' || (hash(v, 'who', {seed}) % {clients}) as anonymous_id,
    timestamp '2025-08-01' + to_microseconds(cast(u(v, 0, 'start') * {days} * 86400000000 as bigint)) as started_at,
    cast(case when u(v, 0, 'bot') < 0.003 then 120 + u(v, 0, 'len') * 500
         else least(60, ceil(exp(1.39 + 1.08 * sqrt(-2 * ln(1e-9 + u(v, 0, 'l1'))) * cos(6.283185307 * u(v, 0, 'l2'))))) end as integer)
      as length,
    u(v, 0, 'bot') < 0.003 as is_bot
  from range({visits}) t(v);
create or replace temp table clicks as
  select
    visit_no, n, anonymous_id,
    case when u(visit_no, 0, 'known') < 0.3 then 'c' || (hash(anonymous_id, u(visit_no, 0, 'shared') < 0.02) % {clients}) end as customer_id,
    started_at + to_microseconds(case when is_bot then n * 120000
      else cast(n * 33000000 * (0.2 + u(visit_no, 0, 'pace')) + floor(u(visit_no, n, 'jitter') * 3) * 5000000 as bigint) end) as event_ts,
    case when n = 0 then 'page_view' when u(visit_no, n, 't') < 0.35 then 'page_view' when u(visit_no, n, 't') < 0.8 then 'product_view'
      when u(visit_no, n, 't') < 0.88 then 'search' when u(visit_no, n, 't') < 0.96 then 'add_to_cart'
      when u(visit_no, n, 't') < 0.985 then 'checkout' else 'purchase' end as event_type,
    cast(exp(u(visit_no, n, 'p') * ln(5000)) as integer) as product_no
  from visits, range(0, length) r(n);
create or replace temp table events as
  select
    printf('%016x', hash(visit_no, n, 'id', {seed})) as event_id,
    case when n >= 2 then customer_id end as customer_id,
    case when u(visit_no, 0, 'sid') < 0.95 then 's' || visit_no || case when n > 40 then 'b' else '' end end as session_id,
    event_type,
    case event_type when 'page_view' then '/c/' || product_no % 40 when 'search' then '/search' when 'checkout' then '/checkout'
      when 'purchase' then '/thanks' else '/p/' || product_no end as page,
    case when n < 2 and u(visit_no, 0, 'utm') < 0.4 then 'campaign_' || cast(floor(u(visit_no, 0, 'utm') * 20) as integer) end as utm_campaign,
    ['mobile', 'desktop', 'tablet', null][1 + cast(hash(anonymous_id) % 4 as integer)] as device,
    'city_' || hash(anonymous_id, 'city') % 50 as geo_city,
    event_ts, 'web' as source,
    case when u(visit_no, 0, 'anon') < 0.97 then anonymous_id end as anonymous_id,
    case when event_type in ('product_view', 'add_to_cart', 'purchase') then 'p' || product_no end as product_id,
    case when event_type = 'purchase' and u(visit_no, n, 'o') < 0.8 then 'o' || visit_no || '-' || n // 3 end as order_id,
    case when event_type = 'purchase' then cast(5 + u(visit_no, n, 'r') * 200 as decimal(12, 2)) end as revenue,
    cast(hash(anonymous_id) % 4 as integer) as source_partition,
    event_ts + case when u(visit_no, n, 'late') < 0.01 then to_microseconds(cast((1 + u(visit_no, n, 'lag') * 60) * 3600000000 as bigint))
      else interval 0 second end as arrived_at,
    visit_no, n
  from clicks
  order by hash(event_id) limit {events};
create or replace temp table copies as
  select * exclude (visit_no, n), visit_no, n, 0 as copy_no from events
  union all
  select * exclude (visit_no, n) replace (
      arrived_at + to_microseconds(cast(u(visit_no, n, 'dlag') * 7200000000 as bigint)) as arrived_at,
      case when u(visit_no, n, 'conflict') < 0.2 then '/other' else page end as page),
    visit_no, n, 1
  from events where u(visit_no, n, 'dup') < 0.005;
insert into raw.raw_clicks by name
  select * exclude (arrived_at, visit_no, n, copy_no), cast(event_ts as date) as dt, null as extra,
    row_number() over (partition by source_partition order by arrived_at, event_id, copy_no) - 1 as source_offset,
    arrived_at + interval 2 second as ingested_at
  from copies;
insert into raw.raw_rejects
  select ['bad_json', 'ts_range', 'too_large'][1 + i % 3], 'position 3', 'x'::blob, 1, 0, 100000000 + i,
    timestamp '2025-08-02' + to_hours(i), timestamp '2025-08-02' + to_hours(i), cast(timestamp '2025-08-02' + to_hours(i) as date)
  from range(30) t(i);
"""


def make_clicks(connection, events, seed=1, days=14, clients=None):
    """Creates the raw tables where they are missing and fills them with `events` distinct events plus faults."""
    connection.execute(RAW_DDL)
    visits = max(10, events // 5)
    connection.execute(
        CLICKS.format(seed=int(seed), days=days, clients=clients or max(3, visits // 3), visits=visits, events=events)
    )
    return connection.execute("select count(*), count(distinct event_id) from raw.raw_clicks").fetchone()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file")
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--days", type=int, default=14)
    options = parser.parse_args()
    with duckdb.connect(options.file, config={"threads": 2}) as connection:
        rows, ids = make_clicks(connection, options.events, options.seed, options.days)
    print(f"rows={rows} events={ids}")


if __name__ == "__main__":
    main()
