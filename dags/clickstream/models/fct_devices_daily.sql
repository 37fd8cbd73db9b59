-- Devices by day of the session.

select
    kpi_date as session_date,
    device,
    is_bot,
    {{ sum_int('session_count') }} as session_count,
    {{ sum_int('closed_session_count') }} as closed_session_count,
    {{ sum_int('converted_session_count') }} as converted_session_count,
    {{ divide(sum_int('closed_converted_session_count'), sum_int('closed_session_count')) }} as conversion_rate,
    {{ sum_int('checkout_count') }} as checkout_count,
    {{ sum_int('purchase_count') }} as purchase_count,
    {{ sum_amount('revenue') }} as revenue
from {{ ref('fct_kpis_cube') }}
where session_count > 0
group by kpi_date, device, is_bot
