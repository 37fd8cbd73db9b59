-- What was set aside, by UTC day of arrival in the lake and by reason.

select
    dt as reject_date,
    reason,
    count(*) as reject_count,
    {{ sum_int('raw_bytes') }} as reject_bytes,
    max(ingested_at) as last_ingested_at
from {{ source('raw', 'raw_rejects') }}
group by dt, reason
