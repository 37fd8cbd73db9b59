-- The work list of the incremental models: clients whose events in staging and in int_events differ, and those that an
-- unfinished run left over. On a full refresh, which builds everybody, it is everybody: if that run dies between the
-- two models, the next one, full or not, does the rest. See macros/incremental.sql.

{%- set int_events = built_relation('int_events') %}
{%- set left_over = built_relation('int_touched_clients') %}
{%- set int_sessions = built_relation('int_sessions') %}
{%- set builds_everybody = flags.FULL_REFRESH or int_events is none %}
{%- set kept = ['event_id', 'source_partition', 'source_offset', 'event_ts', 'revenue'] %}
{%- set texts = [
    'event_type', 'page', 'product_id', 'utm_campaign', 'source', 'geo_city', 'device', 'customer_id', 'anonymous_id',
    'session_id', 'order_id'
] %}

with clicks as (

    select
        {%- for column in kept + texts %}
        {{ column }},
        {%- endfor %}
        {{ client_key() }} as client_key
    from {{ ref('stg_clicks') }}
    where not is_too_late

)

{%- if builds_everybody %}

select client_key from clicks
{%- if int_events is not none %}
union
select client_key from {{ int_events }}
{%- endif %}
{%- if int_sessions is not none %}
union
select client_key from {{ int_sessions }}
{%- endif %}

{%- else %},

known as (

    select
        {%- for column in kept + texts %}
        {{ column }},
        {%- endfor %}
        client_key
    from {{ int_events }}

),

-- An event is the same when its first copy still is, and says what it said: a copy with an earlier position may arrive
-- later, and somebody may correct a value in the lake.
new_events as (

    select clicks.client_key
    from clicks
    left join known
        on
            clicks.event_id = known.event_id
            and clicks.client_key = known.client_key
            and coalesce(clicks.source_partition, -1) = coalesce(known.source_partition, -1)
            and coalesce(clicks.source_offset, -1) = coalesce(known.source_offset, -1)
            and clicks.event_ts = known.event_ts
            and coalesce(cast(clicks.revenue as varchar(20)), '') = coalesce(cast(known.revenue as varchar(20)), '')
            {%- for column in texts %}
            and coalesce(clicks.{{ column }}, '') = coalesce(known.{{ column }}, '')
            {%- endfor %}
    where known.event_id is null

),

gone_events as (

    select known.client_key
    from known
    left join clicks
        on
            known.event_id = clicks.event_id
            and known.client_key = clicks.client_key
            and coalesce(known.source_partition, -1) = coalesce(clicks.source_partition, -1)
            and coalesce(known.source_offset, -1) = coalesce(clicks.source_offset, -1)
    where clicks.event_id is null

)

select client_key from new_events
union
select client_key from gone_events
{%- if left_over is not none %}
union
select client_key from {{ left_over }}
{%- endif %}

{%- endif %}
