-- Pages by day of the event; device, campaign and bot flag are the session's, so that one filter means one thing on
-- every chart.
{{ config(dist='even', sort='event_date') }}

with sessions as (

    select client_key, session_no, device, utm_campaign, is_bot, landing_page, exit_page
    from {{ ref('fct_sessions') }}

),

events as (

    select * from {{ ref('int_events') }}

)

select
    {{ report_date('events.event_ts') }} as event_date,
    coalesce(events.page, '(none)') as page,
    coalesce(sessions.device, '(unknown)') as device,
    coalesce(sessions.utm_campaign, '(direct)') as utm_campaign,
    sessions.is_bot,
    count(*) as event_count,
    {{ count_if("events.event_type in ('page_view', 'product_view')") }} as view_count,
    {{ count_if("events.event_type = 'add_to_cart'") }} as add_to_cart_count,
    {{ count_if("events.event_type = 'purchase'") }} as purchase_count
from events
inner join sessions
    on events.client_key = sessions.client_key and events.session_no = sessions.session_no
group by 1, 2, 3, 4, 5
