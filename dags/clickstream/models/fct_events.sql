-- Every event with what is known of its session, under the labels of the aggregated marts, so that one filter means one
-- thing on every chart. A view: `int_events` holds the rows already.
{{ config(materialized='view') }}

with events as (

    select * from {{ ref('int_events').include(database=false) }}

),

sessions as (

    select client_key, session_no, session_key, visitor_id, device, utm_campaign, is_bot
    from {{ ref('fct_sessions').include(database=false) }}

)

select
    events.event_id,
    events.event_ts,
    {{ report_time('events.event_ts') }} as event_time,
    {{ report_date('events.event_ts') }} as event_date,
    events.event_type,
    events.page,
    events.product_id,
    coalesce(sessions.device, '(unknown)') as device,
    coalesce(sessions.utm_campaign, '(direct)') as utm_campaign,
    events.geo_city,
    events.source,
    events.revenue,
    sessions.visitor_id,
    sessions.session_key,
    sessions.is_bot
from events
inner join sessions
    on events.client_key = sessions.client_key and events.session_no = sessions.session_no
