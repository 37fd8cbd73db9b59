-- One row per session: what happened in it. Who the visitor is and what came before is known only across sessions and
-- is added by fct_sessions.
-- depends_on: {{ ref('int_touched_clients') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ delete_touched_clients() }}',
    post_hook='{{ empty_touched_clients() }}',
    dist='client_key',
    sort='session_start',
) }}

with events as (

    select * from {{ ref('int_events') }}
    {%- if is_incremental() %}
    where client_key in (select client_key from {{ ref('int_touched_clients') }})
    {%- endif %}

),

sessions as (

    select
        client_key,
        session_no,
        min(event_ts) as session_start,
        max(event_ts) as session_end,
        count(*) as event_count,
        max(customer_id) as customer_id,
        max(case when customer_id is not null then event_ts end) as customer_seen_at,
        max(anonymous_id) as anonymous_id,
        max(device) as device,
        {{ first_by('session_id', 'event_no') }} as session_id,
        coalesce(min(session_id) <> max(session_id), false) as has_several_session_ids,
        {{ first_by('utm_campaign', 'event_no') }} as utm_campaign,
        {{ first_by('source', 'event_no') }} as source,
        {{ first_by('geo_city', 'event_no') }} as geo_city,
        {{ first_by('page', 'event_no') }} as landing_page,
        {{ last_by('page', 'event_no') }} as exit_page,
        {{ count_if("event_type in ('page_view', 'product_view')") }} as view_count,
        {{ count_if("event_type = 'page_view'") }} as page_view_count,
        {{ count_if("event_type = 'product_view'") }} as product_view_count,
        {{ count_if("event_type = 'search'") }} as search_count,
        {{ count_if("event_type = 'add_to_cart'") }} as add_to_cart_count,
        {{ count_if("event_type = 'checkout'") }} as checkout_count,
        {{ count_if("event_type = 'purchase'") }} as purchase_count,
        {{ sum_amount("case when event_type = 'purchase' then revenue end") }} as revenue,
        min(gap_us) as gap_us_min,
        max(gap_us) as gap_us_max,
        {{ sum_int('case when gap_us > 300000000 then 300000000 else gap_us end') }} as engaged_us,
        {{ count_if('ends_burst') }} as burst_count,
        min(case when event_type = 'product_view' then event_no end) as product_view_no
    from events
    group by client_key, session_no

),

-- An order is known by its id, or by its purchase event where no id was sent.
orders as (

    select
        client_key,
        session_no,
        count(distinct order_id) + {{ count_if('order_id is null') }} as order_count
    from events
    where event_type = 'purchase'
    group by client_key, session_no

),

-- The ordered funnel: each step looks for its earliest event behind the step before.
carts as (

    select
        sessions.client_key,
        sessions.session_no,
        min(events.event_no) as add_to_cart_no
    from sessions
    inner join events
        on sessions.client_key = events.client_key and sessions.session_no = events.session_no
    where
        events.event_type = 'add_to_cart'
        and events.event_no > sessions.product_view_no
    group by sessions.client_key, sessions.session_no

),

checkouts as (

    select
        carts.client_key,
        carts.session_no,
        min(events.event_no) as checkout_no
    from carts
    inner join events
        on carts.client_key = events.client_key and carts.session_no = events.session_no
    where
        events.event_type = 'checkout'
        and events.event_no > carts.add_to_cart_no
    group by carts.client_key, carts.session_no

),

purchases as (

    select
        checkouts.client_key,
        checkouts.session_no,
        min(events.event_no) as purchase_no
    from checkouts
    inner join events
        on checkouts.client_key = events.client_key and checkouts.session_no = events.session_no
    where
        events.event_type = 'purchase'
        and events.event_no > checkouts.checkout_no
    group by checkouts.client_key, checkouts.session_no

)

select
    sessions.client_key,
    sessions.session_no,
    sessions.session_start,
    sessions.session_end,
    sessions.event_count,
    sessions.customer_id,
    sessions.customer_seen_at,
    sessions.anonymous_id,
    sessions.device,
    sessions.session_id,
    sessions.has_several_session_ids,
    sessions.utm_campaign,
    sessions.source,
    sessions.geo_city,
    sessions.landing_page,
    sessions.exit_page,
    sessions.view_count,
    sessions.page_view_count,
    sessions.product_view_count,
    sessions.search_count,
    sessions.add_to_cart_count,
    sessions.checkout_count,
    sessions.purchase_count,
    coalesce(orders.order_count, 0) as order_count,
    sessions.revenue,
    {{ us_between('sessions.session_start', 'sessions.session_end') }} as duration_us,
    sessions.engaged_us,
    case
        when sessions.purchase_count > 0 then 5
        when sessions.checkout_count > 0 then 4
        when sessions.add_to_cart_count > 0 then 3
        when sessions.product_view_count > 0 then 2
        else 1
    end as funnel_step_reached,
    case
        when purchases.purchase_no is not null then 5
        when checkouts.checkout_no is not null then 4
        when carts.add_to_cart_no is not null then 3
        when sessions.product_view_no is not null then 2
        else 1
    end as funnel_step_ordered,
    case
        when sessions.event_count > 500 then 'session_too_long'
        when sessions.burst_count > 0 then 'too_many_per_minute'
        when sessions.event_count >= 10 and sessions.gap_us_min = sessions.gap_us_max then 'steady_beat'
    end as bot_reason
from sessions
left join orders
    on sessions.client_key = orders.client_key and sessions.session_no = orders.session_no
left join carts
    on sessions.client_key = carts.client_key and sessions.session_no = carts.session_no
left join checkouts
    on sessions.client_key = checkouts.client_key and sessions.session_no = checkouts.session_no
left join purchases
    on sessions.client_key = purchases.client_key and sessions.session_no = purchases.session_no
