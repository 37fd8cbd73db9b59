-- Marts whose grain is several columns hold each combination once.

{% set grains = {
    'int_sessions': 'client_key, session_no',
    'fct_kpis_cube': 'kpi_date, kpi_hour, device, utm_campaign, is_bot',
    'fct_funnel_daily': 'session_date, device, utm_campaign, is_bot, step_no',
    'fct_pages_daily': 'event_date, page, device, utm_campaign, is_bot',
    'fct_campaigns_daily': 'session_date, utm_campaign, device, is_bot',
    'fct_devices_daily': 'session_date, device, is_bot',
    'fct_hourly_heatmap': 'event_date, event_hour, device, utm_campaign, is_bot',
    'fct_cohorts': 'cohort_week, week_no',
    'fct_rejects_daily': 'reject_date, reason',
} %}

{% for model, grain in grains.items() %}
select '{{ model }}' as model, count(*) as row_count
from {{ ref(model) }}
group by {{ grain }}
having count(*) > 1
{% if not loop.last %}union all{% endif %}
{% endfor %}
