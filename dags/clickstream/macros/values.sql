{# Small pieces of SQL that must give the same value on every warehouse. #}

{# numerator / denominator; NULL when there is nothing to divide by. Never an integer division. #}
{% macro divide(numerator, denominator) -%}
    cast({{ numerator }} as double precision) / nullif({{ denominator }}, 0)
{%- endmacro %}

{# Sums are wider than their input on each warehouse in its own way (hugeint, numeric): bring them back. #}
{% macro sum_int(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as bigint)
{%- endmacro %}

{% macro sum_amount(expression) -%}
    cast(coalesce(sum({{ expression }}), 0) as decimal(18, 2))
{%- endmacro %}

{% macro count_if(condition) -%}
    count(case when {{ condition }} then 1 end)
{%- endmacro %}

{# Text compared byte by byte, whatever the collation of the database. #}
{% macro bytewise(column) %}
    {{- return(adapter.dispatch('bytewise')(column)) -}}
{% endmacro %}

{% macro default__bytewise(column) -%}
    {{ column }}
{%- endmacro %}

{% macro postgres__bytewise(column) -%}
    ({{ column }}) collate "C"
{%- endmacro %}

{# PostgreSQL's dialect rules do not apply to Redshift, which compares bytes already. #}
{% macro redshift__bytewise(column) -%}
    {{ column }}
{%- endmacro %}

{# Aggregate: the first (last) non-null text in the order of a positive integer below 10^18. #}
{% macro first_by(value, position) %}
    {{- return(adapter.dispatch('first_by')(value, position)) -}}
{% endmacro %}

{% macro default__first_by(value, position) -%}
    substring(min({{ bytewise(positioned(value, position)) }}), 19)
{%- endmacro %}

{% macro duckdb__first_by(value, position) -%}
    arg_min({{ value }}, {{ position }})
{%- endmacro %}

{% macro last_by(value, position) %}
    {{- return(adapter.dispatch('last_by')(value, position)) -}}
{% endmacro %}

{% macro default__last_by(value, position) -%}
    substring(max({{ bytewise(positioned(value, position)) }}), 19)
{%- endmacro %}

{% macro duckdb__last_by(value, position) -%}
    arg_max({{ value }}, {{ position }})
{%- endmacro %}

{# A text that sorts by an integer and carries a value behind its 18 digits; null when the value is. #}
{% macro positioned(value, position) -%}
    lpad(cast({{ position }} as varchar(18)), 18, '0') || {{ value }}
{%- endmacro %}

{# 0 … 9999, for calendars; the set-returning functions of the warehouses differ or are missing. #}
{% macro numbers() %}
    select thousands.n * 1000 + hundreds.n * 100 + tens.n * 10 + ones.n as n
    from ({{ digits() }}) as ones
    cross join ({{ digits() }}) as tens
    cross join ({{ digits() }}) as hundreds
    cross join ({{ digits() }}) as thousands
{% endmacro %}

{% macro digits() -%}
    {%- for digit in range(10) -%}
        select {{ digit }} as n{% if not loop.last %} union all {% endif %}
    {%- endfor -%}
{%- endmacro %}
