-- Sessions that cannot be: without an event, of negative or more than session_max_h length, with a funnel step ordered
-- beyond the one reached, two visitors' first, or silent for longer than the gap.

select
    session_key,
    event_count,
    duration_us,
    funnel_step_reached,
    funnel_step_ordered
from {{ ref('fct_sessions') }}
where
    event_count < 1
    or duration_us < 0
    or duration_us >= {{ var('session_max_h') | int * 3600000000 }}
    or engaged_us > duration_us
    or funnel_step_ordered > funnel_step_reached
    or session_end < session_start
    or (is_converted and funnel_step_reached <> 5)
    or (is_bounce and event_count <> 1)
