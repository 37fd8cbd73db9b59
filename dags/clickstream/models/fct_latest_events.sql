-- The latest 1 000 events by event time, with what is known of their sessions; a page's table and its search.

with latest as (

    select *
    from {{ ref('int_events') }}
    order by event_ts desc, {{ bytewise('event_id') }} desc
    limit 1000

)

select
    latest.event_id,
    latest.event_ts,
    latest.event_type,
    latest.page,
    latest.product_id,
    coalesce(sessions.device, '(unknown)') as device,
    coalesce(sessions.utm_campaign, '(direct)') as utm_campaign,
    latest.geo_city,
    latest.source,
    latest.revenue,
    sessions.visitor_id,
    sessions.session_key,
    sessions.is_bot
from latest
inner join {{ ref('fct_sessions') }} as sessions
    on latest.client_key = sessions.client_key and latest.session_no = sessions.session_no
