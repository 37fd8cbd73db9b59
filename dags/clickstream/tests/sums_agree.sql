-- Every way to count the same thing gives the same number. A row is a broken identity; its cure for the incremental
-- models is one `dbt build --full-refresh`, and a bug report. What compares with raw is asked only when no load came in
-- between (macros/beside_loads.sql).

with totals as (

    select
        {{ is_quiet_build() }} as is_quiet,
        (select count(distinct event_id) from {{ source('raw', 'raw_clicks') }} where event_ts is not null) as raw_ids,
        (select count(*) from {{ ref('stg_clicks') }}) as staged,
        (select count(*) from {{ ref('stg_clicks') }} where not is_too_late) as counted,
        (select count(*) from {{ ref('int_events') }}) as events,
        (select count(*) from {{ ref('int_touched_clients') }}) as left_over,
        (select count(*) from {{ ref('fct_sessions') }}) as sessions,
        (select {{ sum_int('event_count') }} from {{ ref('fct_sessions') }}) as session_events,
        (select {{ sum_amount('revenue') }} from {{ ref('fct_sessions') }}) as revenue,
        (select {{ sum_amount('revenue') }} from {{ ref('int_events') }} where event_type = 'purchase') as event_revenue

),

people as (

    select
        count(*) as sessions,
        {{ sum_int('checkout_count') }} as checkouts,
        {{ sum_int('event_count') }} as events,
        {{ sum_amount('revenue') }} as revenue
    from {{ ref('fct_sessions') }}
    where not is_bot

)

select 'staging holds every event id of raw once' as broken, raw_ids as expected, staged as found
from totals where raw_ids <> staged and is_quiet = 1
union all
select 'every staged event is in a session''s history', counted, events
from totals where counted <> events and is_quiet = 1
union all
select 'the work list is empty after a run', 0, left_over
from totals where left_over <> 0
union all
select 'events of sessions = events', events, session_events
from totals where events <> session_events
union all
select 'revenue of sessions = revenue of purchases', revenue, event_revenue
from totals where revenue <> event_revenue
union all
select 'sessions of the cube = sessions', sessions, (select {{ sum_int('session_count') }} from {{ ref('fct_kpis_cube') }})
from totals where sessions <> (select {{ sum_int('session_count') }} from {{ ref('fct_kpis_cube') }})
union all
select 'events of the cube = events', events, (select {{ sum_int('event_count') }} from {{ ref('fct_kpis_cube') }})
from totals where events <> (select {{ sum_int('event_count') }} from {{ ref('fct_kpis_cube') }})
union all
select 'heatmap = events', events, (select {{ sum_int('event_count') }} from {{ ref('fct_hourly_heatmap') }})
from totals where events <> (select {{ sum_int('event_count') }} from {{ ref('fct_hourly_heatmap') }})
union all
select 'pages = events', events, (select {{ sum_int('event_count') }} from {{ ref('fct_pages_daily') }})
from totals where events <> (select {{ sum_int('event_count') }} from {{ ref('fct_pages_daily') }})
union all
select 'days = sessions of people', sessions, (select {{ sum_int('session_count') }} from {{ ref('fct_daily_kpis') }})
from people where sessions <> (select {{ sum_int('session_count') }} from {{ ref('fct_daily_kpis') }})
union all
select 'revenue of days = revenue of people', revenue, (select {{ sum_amount('revenue') }} from {{ ref('fct_daily_kpis') }})
from people where revenue <> (select {{ sum_amount('revenue') }} from {{ ref('fct_daily_kpis') }})
union all
select 'campaigns = sessions', sessions, (select {{ sum_int('session_count') }} from {{ ref('fct_campaigns_daily') }})
from totals where sessions <> (select {{ sum_int('session_count') }} from {{ ref('fct_campaigns_daily') }})
union all
select 'last touch moves revenue, it makes none', revenue,
    (select {{ sum_amount('last_touch_revenue') }} from {{ ref('fct_campaigns_daily') }})
from totals where revenue <> (select {{ sum_amount('last_touch_revenue') }} from {{ ref('fct_campaigns_daily') }})
union all
select 'first touch moves revenue, it makes none', revenue,
    (select {{ sum_amount('first_touch_revenue') }} from {{ ref('fct_campaigns_daily') }})
from totals where revenue <> (select {{ sum_amount('first_touch_revenue') }} from {{ ref('fct_campaigns_daily') }})
union all
select 'devices = sessions', sessions, (select {{ sum_int('session_count') }} from {{ ref('fct_devices_daily') }})
from totals where sessions <> (select {{ sum_int('session_count') }} from {{ ref('fct_devices_daily') }})
union all
select 'first funnel step = sessions', sessions,
    (select {{ sum_int('reached_session_count') }} from {{ ref('fct_funnel_daily') }} where step_no = 1)
from totals
where sessions <> (select {{ sum_int('reached_session_count') }} from {{ ref('fct_funnel_daily') }} where step_no = 1)
union all
select 'visitors'' sessions = sessions', sessions, (select {{ sum_int('session_count') }} from {{ ref('dim_visitors') }})
from totals where sessions <> (select {{ sum_int('session_count') }} from {{ ref('dim_visitors') }})
union all
select 'cohorts'' sessions = sessions of people', sessions, (select {{ sum_int('session_count') }} from {{ ref('fct_cohorts') }})
from people where sessions <> (select {{ sum_int('session_count') }} from {{ ref('fct_cohorts') }})
