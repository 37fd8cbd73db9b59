-- Every event with its place in its client's history and the session it belongs to.
--
-- Sessions are cut in three steps: a silence longer than var session_gap_min or a change of the known customer begins a
-- new run; a run is cut into pieces of var session_max_h counted from its first event; the piece is the session.
-- depends_on: {{ ref('int_touched_clients') }}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    pre_hook='{{ delete_touched_clients() }}',
    dist='client_key',
    sort='event_ts',
) }}

{%- set gap_us = var('session_gap_min') | int * 60 * 1000000 %}
{%- set piece_us = var('session_max_h') | int * 3600 * 1000000 %}
{%- set client_order %}
    partition by clicks.client_key order by clicks.event_ts, {{ bytewise('clicks.event_id') }}
{%- endset %}

with staged as (

    select
        *,
        {{ client_key() }} as client_key
    from {{ ref('stg_clicks') }}
    where not is_too_late
    {%- if is_incremental() %}
        and {{ client_key() }} in (select client_key from {{ ref('int_touched_clients') }})
    {%- endif %}

),

{%- if loads_may_commit_beside() %}

-- Ids that a load has repeated since int_click_copies was built. Staging does not know them yet; the next build does.
repeated_since as (

    select event_id
    from staged
    group by event_id
    having count(*) > 1

),

numbered_copies as (

    select
        staged.*,
        row_number() over (
            partition by staged.event_id
            order by staged.source_partition, staged.source_offset, staged.ingested_at
        ) as copy_no
    from staged
    inner join repeated_since on staged.event_id = repeated_since.event_id

),

single_clicks as (

    select
        staged.*,
        cast(1 as bigint) as copy_no
    from staged
    left join repeated_since on staged.event_id = repeated_since.event_id
    where repeated_since.event_id is null
    union all
    select * from numbered_copies
    where copy_no = 1

),

clicks as (

    select single_clicks.*
    from single_clicks
    {%- if is_incremental() %}
    -- Or the id stands in the history of a client that this run leaves alone.
    left join {{ this }} as known on single_clicks.event_id = known.event_id
    where known.event_id is null
    {%- endif %}

),

{%- else %}

clicks as (

    select * from staged

),

{%- endif %}

-- Clients whose known customer changes are rare; only their events are worth a look back over nulls.
shared_clients as (

    select client_key
    from clicks
    where anonymous_id is not null and customer_id is not null
    group by client_key
    having min({{ bytewise('customer_id') }}) <> max({{ bytewise('customer_id') }})

),

known_customers as (

    select
        clicks.event_id,
        clicks.customer_id,
        lag(clicks.customer_id) over ({{ client_order }}) as previous_customer_id
    from clicks
    inner join shared_clients on clicks.client_key = shared_clients.client_key
    where clicks.customer_id is not null

),

customer_changes as (

    select event_id as changing_event_id
    from known_customers
    where customer_id <> previous_customer_id

),

-- Only what the cuts need goes through the sorts; the rest joins it afterwards.
numbered as (

    select
        clicks.client_key,
        clicks.event_id,
        clicks.event_ts,
        customer_changes.changing_event_id is not null as is_other_customer,
        row_number() over ({{ client_order }}) as event_no,
        lag(clicks.event_ts) over ({{ client_order }}) as previous_event_ts,
        lag(clicks.event_ts, 100) over ({{ client_order }}) as hundredth_event_ts
    from clicks
    left join customer_changes on clicks.event_id = customer_changes.changing_event_id

),

silences as (

    select
        *,
        {{ us_between('previous_event_ts', 'event_ts') }} as silence_us
    from numbered

),

breaks as (

    select
        *,
        coalesce(event_no = 1 or is_other_customer or silence_us > {{ gap_us }}, false) as is_run_start
    from silences

),

runs as (

    select
        *,
        max(case when is_run_start then event_no end) over (
            partition by client_key order by event_no rows between unbounded preceding and current row
        ) as run_no,
        max(case when is_run_start then event_ts end) over (
            partition by client_key order by event_no rows between unbounded preceding and current row
        ) as run_started_at
    from breaks

),

pieces as (

    select
        *,
        floor({{ divide(us_between('run_started_at', 'event_ts'), piece_us) }}) as piece_no,
        case
            when not is_run_start then floor({{ divide(us_between('run_started_at', 'previous_event_ts'), piece_us) }})
        end as previous_piece_no
    from runs

)

select
    clicks.client_key,
    cast(pieces.event_no as bigint) as event_no,
    -- Ordered like the sessions of the client, with gaps: the run's first event, then the piece within the run.
    cast(pieces.run_no * 10000 + pieces.piece_no as bigint) as session_no,
    clicks.event_id,
    clicks.event_ts,
    clicks.event_type,
    clicks.page,
    clicks.product_id,
    clicks.utm_campaign,
    clicks.source,
    clicks.geo_city,
    clicks.device,
    clicks.customer_id,
    clicks.anonymous_id,
    clicks.session_id,
    clicks.order_id,
    clicks.revenue,
    clicks.source_partition,
    clicks.source_offset,
    -- Null at the first event of a session.
    case when pieces.piece_no = pieces.previous_piece_no then pieces.silence_us end as gap_us,
    -- The last of 101 events of one run within less than a minute.
    coalesce(
        pieces.event_no - pieces.run_no >= 100
        and {{ us_between('pieces.hundredth_event_ts', 'pieces.event_ts') }} < 60000000, false
    ) as ends_burst
from pieces
inner join clicks on pieces.event_id = clicks.event_id
