-- No step of the funnel is wider than the one before it, and the ordered reading is never wider than "reached".

select
    later.session_date,
    later.step_no
from {{ ref('fct_funnel_daily') }} as later
inner join {{ ref('fct_funnel_daily') }} as earlier
    on
        later.session_date = earlier.session_date
        and later.device = earlier.device
        and later.utm_campaign = earlier.utm_campaign
        and later.is_bot = earlier.is_bot
        and later.step_no = earlier.step_no + 1
where
    later.reached_session_count > earlier.reached_session_count
    or later.ordered_session_count > earlier.ordered_session_count
    or later.ordered_session_count > later.reached_session_count
