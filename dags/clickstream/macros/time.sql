{# Time arithmetic in whole microseconds, and the way from UTC to the report time zone. #}

{# Microseconds from one timestamp to another; exact, negative when `later` is earlier. #}
{% macro us_between(earlier, later) %}
    {{- return(adapter.dispatch('us_between')(earlier, later)) -}}
{% endmacro %}

{% macro default__us_between(earlier, later) -%}
    cast(extract(epoch from {{ later }} - {{ earlier }}) * 1000000 as bigint)
{%- endmacro %}

{% macro duckdb__us_between(earlier, later) -%}
    (epoch_us({{ later }}) - epoch_us({{ earlier }}))
{%- endmacro %}

{% macro redshift__us_between(earlier, later) -%}
    datediff(microsecond, {{ earlier }}, {{ later }})
{%- endmacro %}

{# Microseconds since 1970, UTC. #}
{% macro utc_us(timestamp) -%}
    {{ us_between("cast('1970-01-01 00:00:00' as timestamp)", timestamp) }}
{%- endmacro %}

{# A UTC timestamp as the wall clock of var report_tz shows it. #}
{% macro report_time(timestamp) -%}
    {%- if var('report_tz') == 'UTC' -%}
        {{ timestamp }}
    {%- else -%}
        {{ adapter.dispatch('report_time')(timestamp) }}
    {%- endif -%}
{%- endmacro %}

{% macro default__report_time(timestamp) -%}
    ({{ timestamp }} at time zone 'UTC' at time zone '{{ var("report_tz") }}')
{%- endmacro %}

{% macro redshift__report_time(timestamp) -%}
    convert_timezone('UTC', '{{ var("report_tz") }}', {{ timestamp }})
{%- endmacro %}

{% macro report_date(timestamp) -%}
    cast({{ report_time(timestamp) }} as date)
{%- endmacro %}

{% macro report_hour(timestamp) -%}
    cast(extract(hour from {{ report_time(timestamp) }}) as integer)
{%- endmacro %}

{# 1 is Monday, 7 is Sunday; counted from a known Monday, since EXTRACT numbers days differently on each warehouse. #}
{% macro iso_weekday(date) -%}
    cast(mod(mod({{ date }} - cast('2001-01-01' as date), 7) + 7, 7) + 1 as integer)
{%- endmacro %}

{# The moment this run calls now, UTC, the same in every model of the run. #}
{% macro run_now() -%}
    cast('{{ var("rcml_now") or run_started_at.strftime("%Y-%m-%d %H:%M:%S") }}' as timestamp)
{%- endmacro %}
