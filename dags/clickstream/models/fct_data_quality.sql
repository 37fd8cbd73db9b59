-- How far the numbers can be trusted, by UTC day of the event. Every raw row is in exactly one column:
-- raw_event_count = event_count + duplicate_count + conflict_count + unusable_count.

with raw_clicks as (

    select
        dt,
        count(*) as raw_event_count,
        {{ count_if('event_id is null or event_ts is null') }} as unusable_count
    from {{ source('raw', 'raw_clicks') }}
    group by dt

),

copies as (

    select
        dt,
        {{ count_if('not is_conflict') }} as duplicate_count,
        {{ count_if('is_conflict') }} as conflict_count
    from {{ ref('int_click_copies') }}
    where copy_no > 1 and event_ts is not null
    group by dt

),

-- How far an event lags behind those that its source had brought before it.
arrivals as (

    select
        dt,
        event_ts,
        is_too_late,
        max(event_ts) over (
            partition by source_partition
            order by source_offset
            rows between unbounded preceding and 1 preceding
        ) as newest_before
    from {{ ref('stg_clicks') }}

),

lags as (

    select
        dt,
        count(*) as event_count,
        {{ count_if(us_between('event_ts', 'newest_before') ~ ' > 3600000000') }} as late_count,
        {{ count_if(
            us_between('event_ts', 'newest_before') ~ ' > 0 and '
            ~ us_between('event_ts', 'newest_before') ~ ' <= 3600000000'
        ) }} as out_of_order_count,
        {{ count_if('is_too_late') }} as late_dropped_count
    from arrivals
    group by dt

),

sessions as (

    select
        cast(session_start as date) as dt,
        count(*) as session_count,
        {{ count_if('is_bot') }} as bot_session_count,
        {{ sum_int('case when is_bot then event_count else 0 end') }} as bot_session_event_count,
        {{ sum_int('event_count') }} as session_event_count,
        {{ count_if('has_several_session_ids') }} as several_session_ids_count,
        {{ count_if('session_id is null') }} as no_session_id_count,
        count(distinct session_id) as client_session_count
    from {{ ref('fct_sessions') }}
    group by 1

),

-- Client session ids that the 30-minute rule cuts into several sessions, at the day of each piece after the first.
reused_ids as (

    select
        cast(session_start as date) as dt,
        row_number() over (
            partition by client_key, session_id order by session_no
        ) as piece_no
    from {{ ref('fct_sessions') }}
    where session_id is not null

),

cut_sessions as (

    select
        dt,
        {{ count_if('piece_no > 1') }} as cut_session_id_count
    from reused_ids
    group by dt

),

dates as (

    select dt from raw_clicks
    union
    select dt from sessions

)

select
    dates.dt,
    coalesce(raw_clicks.raw_event_count, 0) as raw_event_count,
    coalesce(lags.event_count, 0) as event_count,
    coalesce(copies.duplicate_count, 0) as duplicate_count,
    coalesce(copies.conflict_count, 0) as conflict_count,
    coalesce(raw_clicks.unusable_count, 0) as unusable_count,
    coalesce(lags.late_count, 0) as late_count,
    coalesce(lags.out_of_order_count, 0) as out_of_order_count,
    coalesce(lags.late_dropped_count, 0) as late_dropped_count,
    {{ divide('copies.duplicate_count + copies.conflict_count', 'raw_clicks.raw_event_count') }} as duplicate_share,
    coalesce(sessions.session_count, 0) as session_count,
    coalesce(sessions.bot_session_count, 0) as bot_session_count,
    {{ divide('sessions.bot_session_count', 'sessions.session_count') }} as bot_session_share,
    {{ divide('sessions.bot_session_event_count', 'sessions.session_event_count') }} as bot_event_share,
    coalesce(sessions.client_session_count, 0) as client_session_count,
    coalesce(sessions.several_session_ids_count, 0) as several_session_ids_count,
    coalesce(cut_sessions.cut_session_id_count, 0) as cut_session_id_count,
    {{ divide('sessions.several_session_ids_count + cut_sessions.cut_session_id_count', 'sessions.session_count') }}
        as session_id_mismatch_share,
    coalesce(sessions.no_session_id_count, 0) as no_session_id_count
from dates
left join raw_clicks on dates.dt = raw_clicks.dt
left join copies on dates.dt = copies.dt
left join lags on dates.dt = lags.dt
left join sessions on dates.dt = sessions.dt
left join cut_sessions on dates.dt = cut_sessions.dt
