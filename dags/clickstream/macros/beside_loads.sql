{# A load may commit while a build runs: on PostgreSQL and Redshift readers hold no writer up. Each model reads raw at a
   moment of its own, so

   - what a model has not seen is taken in by the next build, which compares staging with int_events whole;
   - an event id that a load has repeated since int_click_copies was built is counted once all the same (int_events);
   - what must be equal between raw and the models is asked for only when the ledger still says what it said at the
     start of the build: then no raw row has come or gone in between. #}

{# DuckDB has one writer at a time: nothing can be loaded beside a build. #}
{% macro loads_may_commit_beside() %}
    {{- return(adapter.dispatch('loads_may_commit_beside')()) -}}
{% endmacro %}

{% macro default__loads_may_commit_beside() %}
    {{- return(true) -}}
{% endmacro %}

{% macro duckdb__loads_may_commit_beside() %}
    {{- return(false) -}}
{% endmacro %}

{# One row: how many files and rows were loaded, and when the last time. #}
{% macro ledger_totals(ledger) %}
select
    count(*) as file_count,
    {{ sum_int('row_count') }} as row_count,
    coalesce(max(loaded_at), cast('1970-01-01' as timestamp)) as last_loaded_at
from {{ ledger }}
{%- endmacro %}

{# 1 when nothing was loaded since the build began, else 0. #}
{% macro is_quiet_build() -%}
    (
        select count(*)
        from {{ ref('int_ledger_at_start') }} as at_start
        inner join ({{ ledger_totals(source('raw', 'load_ledger')) }}) as at_test
            on
                at_start.file_count = at_test.file_count
                and at_start.row_count = at_test.row_count
                and at_start.last_loaded_at = at_test.last_loaded_at
    )
{%- endmacro %}
