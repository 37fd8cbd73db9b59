-- Weekly cohorts: of the visitors first seen in a week (beginning on Monday), how many came back and bought how many
-- weeks later. People only: their first session that is not a bot's makes the cohort.

with sessions as (

    select
        visitor_id,
        session_date,
        is_converted,
        revenue,
        session_date - ({{ iso_weekday('session_date') }} - 1) as session_week
    from {{ ref('fct_sessions') }}
    where not is_bot

),

visitors as (

    select
        visitor_id,
        min(session_week) as cohort_week
    from sessions
    group by visitor_id

),

cohorts as (

    select
        cohort_week,
        count(*) as cohort_visitor_count
    from visitors
    group by cohort_week

)

select
    cast(cohorts.cohort_week as date) as cohort_week,
    cast((sessions.session_week - cohorts.cohort_week) / 7 as integer) as week_no,
    cohorts.cohort_visitor_count,
    count(distinct sessions.visitor_id) as visitor_count,
    count(distinct case when sessions.is_converted then sessions.visitor_id end) as buyer_count,
    count(*) as session_count,
    {{ sum_amount('sessions.revenue') }} as revenue,
    {{ divide('count(distinct sessions.visitor_id)', 'cohorts.cohort_visitor_count') }} as retention_rate
from sessions
inner join visitors on sessions.visitor_id = visitors.visitor_id
inner join cohorts on visitors.cohort_week = cohorts.cohort_week
group by 1, 2, cohorts.cohort_visitor_count
