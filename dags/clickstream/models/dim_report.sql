-- What a report stands on: the time zone of its dates and how far the data reaches. One row, also without any event.

select
    cast('{{ var("report_tz") }}' as varchar(64)) as report_tz,
    min({{ report_date('event_ts') }}) as first_date,
    max({{ report_date('event_ts') }}) as last_date,
    max({{ report_time('event_ts') }}) as newest_event_time,
    {{ report_time(run_now()) }} as built_time
from {{ ref('int_events') }}
