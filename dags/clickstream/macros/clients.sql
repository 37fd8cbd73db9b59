{# A client is one browser or app: sessions are cut within it and never cross it. The device leads the key, so that two
   devices of one customer stay apart even where no anonymous id was sent. #}
{% macro client_key() -%}
    (coalesce(device, '') || '|' || coalesce(anonymous_id, customer_id, session_id, event_id))
{%- endmacro %}
