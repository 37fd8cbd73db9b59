-- Every raw row of the event ids that came more than once, numbered by source position: copy 1 is the event, the
-- others are duplicates, or conflicts when they say something else. Few rows, so staging need not sort the rest.
-- depends_on: {{ ref('int_ledger_at_start') }}

with raw_clicks as (

    select * from {{ source('raw', 'raw_clicks') }}

),

repeated_ids as (

    select event_id
    from raw_clicks
    where event_id is not null
    group by event_id
    having count(*) > 1

),

repeated as (

    select
        raw_clicks.*,
        coalesce(raw_clicks.customer_id, '')
        || '|' || coalesce(raw_clicks.session_id, '')
        || '|' || coalesce(raw_clicks.event_type, '')
        || '|' || coalesce(raw_clicks.page, '')
        || '|' || coalesce(raw_clicks.utm_campaign, '')
        || '|' || coalesce(raw_clicks.device, '')
        || '|' || coalesce(raw_clicks.geo_city, '')
        || '|' || coalesce(cast({{ utc_us('raw_clicks.event_ts') }} as varchar(20)), '')
        || '|' || coalesce(raw_clicks.source, '')
        || '|' || coalesce(raw_clicks.anonymous_id, '')
        || '|' || coalesce(raw_clicks.product_id, '')
        || '|' || coalesce(raw_clicks.order_id, '')
        || '|' || coalesce(cast(raw_clicks.revenue as varchar(20)), '')
        || '|' || md5(coalesce(raw_clicks.extra, '')) as payload
    from raw_clicks
    inner join repeated_ids on raw_clicks.event_id = repeated_ids.event_id

),

numbered as (

    select
        *,
        row_number() over (
            partition by event_id
            order by source_partition, source_offset, ingested_at, {{ bytewise('payload') }}
        ) as copy_no
    from repeated

),

originals as (

    select event_id, payload from numbered where copy_no = 1

)

select
    numbered.event_id,
    numbered.customer_id,
    numbered.session_id,
    numbered.event_type,
    numbered.page,
    numbered.utm_campaign,
    numbered.device,
    numbered.geo_city,
    numbered.event_ts,
    numbered.source,
    numbered.dt,
    numbered.anonymous_id,
    numbered.product_id,
    numbered.order_id,
    numbered.revenue,
    numbered.extra,
    numbered.source_partition,
    numbered.source_offset,
    numbered.ingested_at,
    numbered.copy_no,
    numbered.payload <> originals.payload as is_conflict
from numbered
inner join originals on numbered.event_id = originals.event_id
