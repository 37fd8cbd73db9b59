-- The funnel by day of the session: one row per step, so a chart needs no unpivot. Steps are written out instead of
-- read from the table; a step nobody reached is a row with 0.

{%- set steps = [('session', 1), ('product', 2), ('cart', 3), ('checkout', 4), ('purchase', 5)] %}

with cube as (

    select * from {{ ref('fct_kpis_cube') }}
    where session_count > 0

)

{% for step_name, step_no in steps %}
select
    kpi_date as session_date,
    device,
    utm_campaign,
    is_bot,
    cast({{ step_no }} as integer) as step_no,
    '{{ step_name }}' as step_name,
    {%- if step_no == 1 %}
    {{ sum_int('session_count') }} as reached_session_count,
    {{ sum_int('session_count') }} as ordered_session_count
    {%- else %}
    {{ sum_int('reached_' ~ step_name ~ '_count') }} as reached_session_count,
    {{ sum_int('ordered_' ~ step_name ~ '_count') }} as ordered_session_count
    {%- endif %}
from cube
group by kpi_date, device, utm_campaign, is_bot
{% if not loop.last %}union all{% endif %}
{% endfor %}
