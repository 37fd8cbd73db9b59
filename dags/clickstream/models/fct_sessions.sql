-- One row per session, bots and open ones included and flagged.
{{ config(dist='visitor_id', sort='session_start') }}

{%- set visitor_order %}
    partition by visitor_id order by session_start, client_key, session_no
{%- endset %}
{%- set lookback_us = 30 * 86400 * 1000000 %}

with sessions as (

    select * from {{ ref('int_sessions') }}

),

-- The customer last seen with an anonymous id, also for the time before the log-in.
identified as (

    select
        anonymous_id,
        customer_id,
        row_number() over (
            partition by anonymous_id
            order by customer_seen_at desc, {{ bytewise('client_key') }} desc, session_no desc
        ) as recency_no
    from sessions
    where anonymous_id is not null and customer_id is not null

),

visits as (

    select
        sessions.*,
        coalesce(
            sessions.customer_id,
            identified.customer_id,
            substring(sessions.client_key, length(coalesce(sessions.device, '')) + 2)
        ) as visitor_id
    from sessions
    left join identified
        on
            sessions.anonymous_id = identified.anonymous_id
            and identified.recency_no = 1

),

numbered as (

    select
        *,
        row_number() over ({{ visitor_order | replace('client_key', bytewise('client_key')) }}) as session_number,
        row_number() over (
            partition by visitor_id, session_start order by {{ bytewise('client_key') }}, session_no
        ) as same_start_no,
        max({{ bytewise(positioned('utm_campaign', utc_us('session_start'))) }}) over (
            {{ visitor_order | replace('client_key', bytewise('client_key')) }}
            rows between unbounded preceding and current row
        ) as last_touch,
        min({{ bytewise(positioned('utm_campaign', utc_us('session_start'))) }}) over (
            partition by visitor_id
        ) as first_touch
    from visits

)

select
    {{ dbt.hash(
        "visitor_id || '|' || cast(" ~ utc_us('session_start') ~ " as varchar(20))"
        ~ " || case when same_start_no > 1 then '|' || cast(same_start_no as varchar(20)) else '' end"
    ) }} as session_key,
    visitor_id,
    client_key,
    session_no,
    session_start,
    session_end,
    {{ report_date('session_start') }} as session_date,
    {{ report_hour('session_start') }} as session_hour,
    session_id,
    customer_id,
    anonymous_id,
    device,
    geo_city,
    source,
    utm_campaign,
    case
        when {{ utc_us('session_start') }} - cast(substring(last_touch, 1, 18) as bigint) <= {{ lookback_us }}
            then substring(last_touch, 19)
    end as attributed_campaign,
    substring(first_touch, 19) as first_touch_campaign,
    landing_page,
    exit_page,
    event_count,
    view_count,
    page_view_count,
    product_view_count,
    search_count,
    add_to_cart_count,
    checkout_count,
    purchase_count,
    order_count,
    revenue,
    duration_us,
    {{ divide('duration_us', 1000000) }} as duration_s,
    engaged_us,
    funnel_step_reached,
    funnel_step_ordered,
    session_number,
    bot_reason,
    session_number = 1 as is_new_visitor,
    purchase_count > 0 as is_converted,
    view_count = 1 and event_count = 1 as is_bounce,
    duration_us > 10000000 or view_count >= 2 or purchase_count > 0 as is_engaged,
    bot_reason is not null as is_bot,
    {{ us_between('session_end', run_now()) }} < {{ var('session_gap_min') | int * 60 * 1000000 }} as is_open,
    has_several_session_ids
from numbered
