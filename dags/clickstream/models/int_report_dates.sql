-- Every date from the first to the last one with data, so that a day without sessions is a row and not a hole. At most
-- 10 000 days from the first; a stray event beyond them keeps its own row in the marts all the same.
{{ config(materialized='ephemeral') }}

with bounds as (

    select
        min(kpi_date) as first_date,
        max(kpi_date) as last_date
    from {{ ref('fct_kpis_cube') }}

),

numbers as (

    {{ numbers() }}

)

select cast({{ dbt.dateadd('day', 'numbers.n', 'bounds.first_date') }} as date) as report_date
from bounds
cross join numbers
where numbers.n <= bounds.last_date - bounds.first_date

union

select kpi_date as report_date
from {{ ref('fct_kpis_cube') }}
