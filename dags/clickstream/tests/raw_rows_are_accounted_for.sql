-- Each raw row of a day is an event, a duplicate, a conflict or unusable; asked only when no load came in between.

select dt
from {{ ref('fct_data_quality') }}
where
    raw_event_count <> event_count + duplicate_count + conflict_count + unusable_count
    and {{ is_quiet_build() }} = 1
