-- Campaigns by day of the session, by three readings of who deserves the credit: the session's own campaign, the last
-- one within 30 days before, the first one the visitor ever came by.

with sessions as (

    select * from {{ ref('fct_sessions') }}

),

{% set readings = [
    ('own', 'utm_campaign'), ('last_touch', 'attributed_campaign'), ('first_touch', 'first_touch_campaign'),
] %}
{%- for reading, column in readings %}
{{ reading }} as (

    select
        session_date,
        coalesce({{ column }}, '(direct)') as utm_campaign,
        coalesce(device, '(unknown)') as device,
        is_bot,
        count(*) as session_count,
        {{ count_if('not is_open') }} as closed_session_count,
        {{ count_if('is_converted') }} as converted_session_count,
        {{ count_if('is_converted and not is_open') }} as closed_converted_session_count,
        {{ sum_int('event_count') }} as event_count,
        {{ sum_int('checkout_count') }} as checkout_count,
        {{ sum_int('purchase_count') }} as purchase_count,
        {{ sum_amount('revenue') }} as revenue
    from sessions
    group by 1, 2, 3, 4

),
{% endfor %}
grains as (

    select session_date, utm_campaign, device, is_bot from own
    union
    select session_date, utm_campaign, device, is_bot from last_touch
    union
    select session_date, utm_campaign, device, is_bot from first_touch

)

select
    grains.session_date,
    grains.utm_campaign,
    grains.device,
    grains.is_bot,
    {%- for measure in [
        'session_count', 'closed_session_count', 'converted_session_count', 'closed_converted_session_count',
        'event_count', 'checkout_count', 'purchase_count', 'revenue',
    ] %}
    coalesce(own.{{ measure }}, 0) as {{ measure }},
    {%- endfor %}
    coalesce(last_touch.session_count, 0) as last_touch_session_count,
    coalesce(last_touch.converted_session_count, 0) as last_touch_converted_session_count,
    coalesce(last_touch.revenue, 0) as last_touch_revenue,
    coalesce(first_touch.session_count, 0) as first_touch_session_count,
    coalesce(first_touch.converted_session_count, 0) as first_touch_converted_session_count,
    coalesce(first_touch.revenue, 0) as first_touch_revenue
from grains
{%- for reading, column in readings %}
left join {{ reading }}
    on
        grains.session_date = {{ reading }}.session_date
        and grains.utm_campaign = {{ reading }}.utm_campaign
        and grains.device = {{ reading }}.device
        and grains.is_bot = {{ reading }}.is_bot
{%- endfor %}
