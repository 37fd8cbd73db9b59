-- The day in one row: people only, bots beside them. A ratio of nothing is null.

with cube as (

    select * from {{ ref('fct_kpis_cube') }}

),

people as (

    select
        kpi_date,
        {%- for measure in [
            'session_count', 'closed_session_count', 'converted_session_count', 'closed_converted_session_count',
            'multi_event_session_count', 'bounce_count', 'engaged_session_count', 'event_count', 'view_count',
            'add_to_cart_count', 'checkout_count', 'purchase_count', 'order_count', 'duration_us', 'engaged_us',
            'new_visitor_count',
        ] %}
        {{ sum_int(measure) }} as {{ measure }},
        {%- endfor %}
        {{ sum_amount('revenue') }} as revenue
    from cube
    where not is_bot
    group by kpi_date

),

bots as (

    select
        kpi_date,
        {{ sum_int('session_count') }} as bot_session_count,
        {{ sum_int('event_count') }} as bot_event_count
    from cube
    where is_bot
    group by kpi_date

),

visitors as (

    select
        session_date as kpi_date,
        count(distinct visitor_id) as visitor_count
    from {{ ref('fct_sessions') }}
    where not is_bot
    group by session_date

),

bounds as (

    select
        min(kpi_date) as first_date,
        max(kpi_date) as last_date
    from cube

),

numbers as (

    {{ numbers() }}

),

-- A day without sessions is a row and not a hole, up to 10 000 days; a stray event beyond keeps its own row.
dates as (

    select cast({{ dbt.dateadd('day', 'numbers.n', 'bounds.first_date') }} as date) as report_date
    from bounds
    cross join numbers
    where numbers.n <= bounds.last_date - bounds.first_date
    union
    select kpi_date as report_date
    from cube

)

select
    dates.report_date as kpi_date,
    coalesce(people.session_count, 0) as session_count,
    coalesce(people.closed_session_count, 0) as closed_session_count,
    coalesce(people.converted_session_count, 0) as converted_session_count,
    {{ divide('people.closed_converted_session_count', 'people.closed_session_count') }} as conversion_rate,
    {{ divide('people.duration_us', 'people.session_count * 60000000') }} as avg_session_minutes,
    {{ divide('people.duration_us', 'people.multi_event_session_count * 60000000') }}
        as avg_multi_event_session_minutes,
    {{ divide('people.engaged_us', 'people.session_count * 60000000') }} as avg_engaged_minutes,
    {{ divide('people.bounce_count', 'people.session_count') }} as bounce_rate,
    {{ divide('people.engaged_session_count', 'people.session_count') }} as engagement_rate,
    coalesce(visitors.visitor_count, 0) as visitor_count,
    coalesce(people.new_visitor_count, 0) as new_visitor_count,
    coalesce(people.event_count, 0) as event_count,
    coalesce(people.view_count, 0) as view_count,
    coalesce(people.add_to_cart_count, 0) as add_to_cart_count,
    coalesce(people.checkout_count, 0) as checkout_count,
    coalesce(people.purchase_count, 0) as purchase_count,
    coalesce(people.order_count, 0) as order_count,
    coalesce(people.revenue, 0) as revenue,
    {{ divide('people.revenue', 'people.order_count') }} as avg_order_value,
    coalesce(bots.bot_session_count, 0) as bot_session_count,
    coalesce(bots.bot_event_count, 0) as bot_event_count
from dates
left join people on dates.report_date = people.kpi_date
left join bots on dates.report_date = bots.kpi_date
left join visitors on dates.report_date = visitors.kpi_date
