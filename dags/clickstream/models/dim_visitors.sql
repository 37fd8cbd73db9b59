-- One row per visitor, bots included and flagged.
{{ config(dist='visitor_id', sort='first_session_at') }}

select
    visitor_id,
    min(session_start) as first_session_at,
    max(session_end) as last_event_at,
    min(session_date) as first_session_date,
    max(session_date) as last_session_date,
    count(*) as session_count,
    count(distinct client_key) as client_count,
    {{ sum_int('event_count') }} as event_count,
    {{ sum_int('checkout_count') }} as checkout_count,
    {{ sum_int('purchase_count') }} as purchase_count,
    {{ sum_int('order_count') }} as order_count,
    {{ sum_amount('revenue') }} as revenue,
    min(first_touch_campaign) as first_touch_campaign,
    max(case when customer_id is not null then 1 else 0 end) = 1 as is_customer,
    max(case when is_converted then 1 else 0 end) = 1 as is_buyer,
    -- A visitor all of whose sessions are a bot's.
    min(case when is_bot then 1 else 0 end) = 1 as is_bot
from {{ ref('fct_sessions') }}
group by visitor_id
