-- One row per event: the first copy by source position. A view, because all but the repeated ids pass through as they
-- are; an empty text where an id or a label is expected says nothing and becomes null.
{{ config(materialized='view') }}

{%- set columns = [
    'event_id', 'customer_id', 'session_id', 'event_type', 'page', 'utm_campaign', 'device', 'geo_city', 'event_ts',
    'source', 'dt', 'anonymous_id', 'product_id', 'order_id', 'revenue', 'extra', 'source_partition', 'source_offset',
    'ingested_at',
] %}
{%- set never_empty = ['customer_id', 'session_id', 'page', 'utm_campaign', 'device', 'anonymous_id', 'order_id'] %}

with raw_clicks as (

    select * from {{ source('raw', 'raw_clicks').include(database=false) }}

),

copies as (

    select * from {{ ref('int_click_copies').include(database=false) }}

),

repeated as (

    select
        event_id,
        max(case when is_conflict then 1 else 0 end) as conflict_flag
    from copies
    group by event_id

),

events as (

    select
        {%- for column in columns %}
        raw_clicks.{{ column }},
        {%- endfor %}
        false as has_conflict
    from raw_clicks
    left join repeated on raw_clicks.event_id = repeated.event_id
    where
        repeated.event_id is null
        and raw_clicks.event_id is not null
        and raw_clicks.event_ts is not null

    union all

    select
        {%- for column in columns %}
        copies.{{ column }},
        {%- endfor %}
        repeated.conflict_flag = 1 as has_conflict
    from copies
    inner join repeated on copies.event_id = repeated.event_id
    where
        copies.copy_no = 1
        and copies.event_ts is not null

)

select
    {%- for column in columns %}
    {% if column in never_empty %}nullif({{ column }}, '') as {{ column }}{% else %}{{ column }}{% endif %},
    {%- endfor %}
    has_conflict,
    {% if var('late_window_days') | int > 0 -%}
        {{ us_between('event_ts', 'ingested_at') }} > {{ var('late_window_days') | int * 86400000000 }}
    {%- else -%}
        false
    {%- endif %} as is_too_late
from events
