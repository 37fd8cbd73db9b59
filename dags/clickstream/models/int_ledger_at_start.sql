-- What the ledger of loads said before this build read any raw row; see macros/beside_loads.sql.

with ledger as (

    select * from {{ source('raw', 'load_ledger') }}

)

{{ ledger_totals('ledger') }}
