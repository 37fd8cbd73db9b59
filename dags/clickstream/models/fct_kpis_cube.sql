-- Everything that can be added up, by hour and by every filter of the page. A session stands at the hour it began in,
-- an event at its own hour.
{{ config(dist='even', sort='kpi_date') }}

with sessions as (

    select * from {{ ref('fct_sessions') }}

),

events as (

    select * from {{ ref('int_events') }}

),

session_counts as (

    select
        session_date as kpi_date,
        session_hour as kpi_hour,
        coalesce(device, '(unknown)') as device,
        coalesce(utm_campaign, '(direct)') as utm_campaign,
        is_bot,
        count(*) as session_count,
        {{ count_if('not is_open') }} as closed_session_count,
        {{ count_if('is_converted') }} as converted_session_count,
        {{ count_if('is_converted and not is_open') }} as closed_converted_session_count,
        {{ count_if('event_count > 1') }} as multi_event_session_count,
        {{ count_if('is_bounce') }} as bounce_count,
        {{ count_if('is_engaged') }} as engaged_session_count,
        {{ count_if('is_new_visitor') }} as new_visitor_count,
        {{ count_if('funnel_step_reached >= 2') }} as reached_product_count,
        {{ count_if('funnel_step_reached >= 3') }} as reached_cart_count,
        {{ count_if('funnel_step_reached >= 4') }} as reached_checkout_count,
        {{ count_if('funnel_step_reached >= 5') }} as reached_purchase_count,
        {{ count_if('funnel_step_ordered >= 2') }} as ordered_product_count,
        {{ count_if('funnel_step_ordered >= 3') }} as ordered_cart_count,
        {{ count_if('funnel_step_ordered >= 4') }} as ordered_checkout_count,
        {{ count_if('funnel_step_ordered >= 5') }} as ordered_purchase_count,
        {{ sum_int('view_count') }} as view_count,
        {{ sum_int('add_to_cart_count') }} as add_to_cart_count,
        {{ sum_int('checkout_count') }} as checkout_count,
        {{ sum_int('purchase_count') }} as purchase_count,
        {{ sum_int('order_count') }} as order_count,
        {{ sum_amount('revenue') }} as revenue,
        {{ sum_int('duration_us') }} as duration_us,
        {{ sum_int('engaged_us') }} as engaged_us
    from sessions
    group by 1, 2, 3, 4, 5

),

event_counts as (

    select
        {{ report_date('events.event_ts') }} as kpi_date,
        {{ report_hour('events.event_ts') }} as kpi_hour,
        coalesce(sessions.device, '(unknown)') as device,
        coalesce(sessions.utm_campaign, '(direct)') as utm_campaign,
        sessions.is_bot,
        count(*) as event_count
    from events
    inner join sessions
        on events.client_key = sessions.client_key and events.session_no = sessions.session_no
    group by 1, 2, 3, 4, 5

),

grains as (

    select kpi_date, kpi_hour, device, utm_campaign, is_bot from session_counts
    union
    select kpi_date, kpi_hour, device, utm_campaign, is_bot from event_counts

)

{%- set measures = [
    'session_count', 'closed_session_count', 'converted_session_count', 'closed_converted_session_count',
    'multi_event_session_count', 'bounce_count', 'engaged_session_count', 'new_visitor_count',
    'reached_product_count', 'reached_cart_count', 'reached_checkout_count', 'reached_purchase_count',
    'ordered_product_count', 'ordered_cart_count', 'ordered_checkout_count', 'ordered_purchase_count',
    'view_count', 'add_to_cart_count', 'checkout_count', 'purchase_count', 'order_count', 'revenue',
    'duration_us', 'engaged_us',
] %}

select
    grains.kpi_date,
    grains.kpi_hour,
    {{ iso_weekday('grains.kpi_date') }} as kpi_weekday,
    -- 0 on the last day that a session began: "the last 7 days" of a history are not those of the calendar on the wall,
    -- nor do they end with a day that only the last visit's end reaches into (-1).
    cast(max(session_counts.kpi_date) over () - grains.kpi_date as integer) as age_days,
    grains.device,
    grains.utm_campaign,
    grains.is_bot,
    coalesce(event_counts.event_count, 0) as event_count,
    {%- for measure in measures %}
    coalesce(session_counts.{{ measure }}, 0) as {{ measure }}{% if not loop.last %},{% endif %}
    {%- endfor %}
from grains
left join session_counts
    on
        grains.kpi_date = session_counts.kpi_date
        and grains.kpi_hour = session_counts.kpi_hour
        and grains.device = session_counts.device
        and grains.utm_campaign = session_counts.utm_campaign
        and grains.is_bot = session_counts.is_bot
left join event_counts
    on
        grains.kpi_date = event_counts.kpi_date
        and grains.kpi_hour = event_counts.kpi_hour
        and grains.device = event_counts.device
        and grains.utm_campaign = event_counts.utm_campaign
        and grains.is_bot = event_counts.is_bot
