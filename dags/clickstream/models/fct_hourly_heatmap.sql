-- Events by hour and weekday of the report time zone, by date and filters of the page.

select
    kpi_date as event_date,
    kpi_weekday as weekday_no,
    kpi_hour as event_hour,
    device,
    utm_campaign,
    is_bot,
    event_count
from {{ ref('fct_kpis_cube') }}
where event_count > 0
