-- What a client of Redshift finds in it beside PostgreSQL's own catalogue. Loaded into template1, so every database has it.
create schema redshift_shim;
create domain redshift_shim.varbyte as bytea;

create function redshift_shim.refuse(state text, message text, detail text) returns void language plpgsql as $$
begin
  if detail = '' then raise exception using errcode = state, message = message; end if;
  raise exception using errcode = state, message = message, detail = detail;
end $$;

create function redshift_shim.version() returns text language sql immutable as
  $$ select 'PostgreSQL 8.0.2 on i686-pc-linux-gnu, compiled by GCC gcc (GCC) 3.4.2 20041017 (Red Hat 3.4.2-6.fc3), Redshift 1.0.0 (double)'::text $$;
create function redshift_shim.getdate() returns timestamp language sql stable as $$ select now() at time zone 'utc' $$;

-- Counts the boundaries crossed, as Redshift does, not the time gone by.
create function redshift_shim.datediff(part text, earlier timestamp, later timestamp) returns bigint
  language sql immutable strict as $$
  select case lower(part)
    when 'microsecond' then (extract(epoch from later) * 1000000 - extract(epoch from earlier) * 1000000)::bigint
    when 'year' then (extract(year from later) - extract(year from earlier))::bigint
    when 'month' then ((extract(year from later) - extract(year from earlier)) * 12
      + extract(month from later) - extract(month from earlier))::bigint
    else ((extract(epoch from date_trunc(part, later)) - extract(epoch from date_trunc(part, earlier)))
      / case lower(part) when 'second' then 1 when 'minute' then 60 when 'hour' then 3600 when 'day' then 86400
          when 'week' then 604800 end)::bigint
  end $$;
create function redshift_shim.dateadd(part text, count bigint, at timestamp) returns timestamp
  language sql immutable strict as $$ select at + count * ('1 ' || part)::interval $$;
create function redshift_shim.convert_timezone(from_zone text, to_zone text, at timestamp) returns timestamp
  language sql immutable strict as $$ select at at time zone from_zone at time zone to_zone $$;
create function redshift_shim.len(value text) returns integer language sql immutable strict as $$ select length(value) $$;
create function redshift_shim.from_varbyte(value bytea, format text) returns text
  language sql immutable strict as $$ select encode(value, lower(format)) $$;
create function redshift_shim.pg_last_copy_count() returns bigint language sql stable as
  $$ select coalesce(nullif(current_setting('redshift_shim.copy_count', true), ''), '0')::bigint $$;
create function redshift_shim.pg_last_copy_id() returns bigint language sql stable as
  $$ select coalesce(nullif(current_setting('redshift_shim.copy_id', true), ''), '-1')::bigint $$;

-- The history of loads. Written outside of the loading transaction: a failed load is history too.
create sequence redshift_shim.query_ids start 100;
create table redshift_shim.sys_load_history (
  user_id integer default 100, query_id bigint, status varchar(20), session_id integer, database_name varchar(64),
  table_name varchar(256), start_time timestamp, end_time timestamp, data_source varchar(512), loaded_rows bigint,
  loaded_bytes bigint, source_file_count integer, source_file_bytes bigint, error_count bigint);
create table redshift_shim.sys_load_detail (
  user_id integer default 100, query_id bigint, file_name varchar(256), bytes_scanned bigint, lines_scanned bigint,
  record_time timestamp);
create table redshift_shim.sys_load_error_detail (
  user_id integer default 100, query_id bigint, session_id integer, database_name varchar(64), start_time timestamp,
  file_name varchar(256), column_name varchar(127), error_code integer, error_message varchar(512));
create view redshift_shim.stl_load_commits as
  select query_id as query, file_name::char(256) as filename, lines_scanned, record_time as curtime
  from redshift_shim.sys_load_detail;
create view redshift_shim.stl_load_errors as
  select query_id as query, start_time as starttime, file_name::char(256) as filename, column_name as colname,
    error_code as err_code, error_message::char(100) as err_reason
  from redshift_shim.sys_load_error_detail;

-- What dbt's adapter asks.
create function redshift_shim.pg_get_late_binding_view_cols() returns setof record language plpgsql as
  $$ begin return; end $$;
create view redshift_shim.svv_table_info as
  select current_database()::text as database, n.nspname::text as schema, c.oid as table_id, c.relname::text as "table",
    'N'::text as encoded, 'AUTO(ALL)'::text as diststyle, 'AUTO(SORTKEY)'::text as sortkey1, 0 as max_varchar,
    null::text as sortkey1_enc, 0 as sortkey_num, 0::bigint as size, 0::numeric as pct_used, 0::bigint as empty,
    0::numeric as unsorted, 0::numeric as stats_off, c.reltuples::numeric as tbl_rows, 1::numeric as skew_sortkey1,
    1::numeric as skew_rows
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and n.nspname not in ('pg_catalog', 'information_schema', 'redshift_shim');
create view redshift_shim.svv_mv_info as select null::text as schema_name, null::text as name where false;
set allow_system_table_mods = on;
create view pg_catalog.svv_external_columns as
  select null::text as schemaname, null::text as tablename, null::text as columnname, null::text as external_type,
    null::int as columnnum where false;
reset allow_system_table_mods;
grant usage on schema redshift_shim to public;
