-- One row per session, bots and open ones included and flagged.
{{ config(dist='visitor_id', sort='session_start') }}

{%- set visitor_order %}
    partition by visitor_id order by session_start, {{ bytewise('client_key') }}, session_no
{%- endset %}
{%- set campaign_touch = bytewise(positioned('utm_campaign', utc_us('session_start'))) %}
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
        sessions.client_key,
        sessions.session_no,
        sessions.session_start,
        sessions.utm_campaign,
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
        visitor_id,
        client_key,
        session_no,
        row_number() over ({{ visitor_order }}) as session_number,
        lag(session_start) over ({{ visitor_order }}) as previous_session_start,
        max({{ campaign_touch }}) over (
            {{ visitor_order }} rows between unbounded preceding and current row
        ) as last_touch,
        min({{ campaign_touch }}) over (
            {{ visitor_order }} rows between unbounded preceding and unbounded following
        ) as first_touch
    from visits

)

select
    -- Two clients of one visitor may begin in the same microsecond; then the later one's number makes the key unique.
    md5(
        numbered.visitor_id
        || '|' || cast({{ utc_us('sessions.session_start') }} as varchar(20))
        || case
            when numbered.previous_session_start = sessions.session_start
                then '|' || cast(numbered.session_number as varchar(20))
            else ''
        end
    ) as session_key,
    numbered.visitor_id,
    sessions.client_key,
    sessions.session_no,
    sessions.session_start,
    sessions.session_end,
    {{ report_date('sessions.session_start') }} as session_date,
    {{ report_hour('sessions.session_start') }} as session_hour,
    sessions.session_id,
    sessions.customer_id,
    sessions.anonymous_id,
    sessions.device,
    sessions.geo_city,
    sessions.source,
    sessions.utm_campaign,
    case
        when
            {{ utc_us('sessions.session_start') }} - cast(substring(numbered.last_touch, 1, 18) as bigint)
            <= {{ lookback_us }}
            then substring(numbered.last_touch, 19)
    end as attributed_campaign,
    substring(numbered.first_touch, 19) as first_touch_campaign,
    sessions.landing_page,
    sessions.exit_page,
    sessions.event_count,
    sessions.view_count,
    sessions.page_view_count,
    sessions.product_view_count,
    sessions.search_count,
    sessions.add_to_cart_count,
    sessions.checkout_count,
    sessions.purchase_count,
    sessions.order_count,
    sessions.revenue,
    sessions.duration_us,
    {{ divide('sessions.duration_us', 1000000) }} as duration_s,
    sessions.engaged_us,
    sessions.funnel_step_reached,
    sessions.funnel_step_ordered,
    numbered.session_number,
    sessions.bot_reason,
    numbered.session_number = 1 as is_new_visitor,
    sessions.purchase_count > 0 as is_converted,
    sessions.view_count = 1 and sessions.event_count = 1 as is_bounce,
    sessions.duration_us > 10000000 or sessions.view_count >= 2 or sessions.purchase_count > 0 as is_engaged,
    sessions.bot_reason is not null as is_bot,
    {{ us_between('sessions.session_end', run_now()) }} < {{ var('session_gap_min') | int * 60 * 1000000 }} as is_open,
    sessions.has_several_session_ids
from sessions
inner join numbered
    on sessions.client_key = numbered.client_key and sessions.session_no = numbered.session_no
