{# How the two incremental models stay equal to a full refresh.

   int_touched_clients is a work list: the clients whose events in staging and in int_events differ. Both incremental
   models first delete those clients and then build them anew from their whole history, so the order in which events
   arrive cannot matter. The last of the two empties the list, in its own transaction: a run that dies in between leaves
   the list full and the next run finishes the work. A full refresh lists everybody for the same reason. #}

{# `dbt compile --no-introspect` asks no server: then no model counts as built. #}
{% macro asks_server() %}
    {{- return(execute and flags.INTROSPECT is not sameas false) -}}
{% endmacro %}

{# dbt's own, but silent where no server may be asked; the lint of Redshift's SQL compiles so. #}
{% macro is_incremental() %}
    {{- return(asks_server() and dbt.is_incremental()) -}}
{% endmacro %}

{# A model of this project, if it has been built; no ref, since the work list precedes the models it looks at. #}
{% macro built_relation(name) %}
    {{- return(adapter.get_relation(this.database, this.schema, name) if asks_server() else none) -}}
{% endmacro %}

{% macro delete_touched_clients() %}
    {%- if is_incremental() -%}
        delete from {{ this }} where client_key in (select client_key from {{ ref('int_touched_clients') }})
    {%- endif -%}
{% endmacro %}

{% macro empty_touched_clients() %}
    delete from {{ ref('int_touched_clients') }}
{% endmacro %}
