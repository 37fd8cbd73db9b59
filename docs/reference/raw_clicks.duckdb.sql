create schema if not exists raw;

create table if not exists raw.raw_clicks (
  event_id         varchar not null,
  customer_id      varchar,
  session_id       varchar,
  event_type       varchar not null,
  page             varchar,
  utm_campaign     varchar,
  device           varchar,
  geo_city         varchar,
  event_ts         timestamp not null,
  source           varchar,
  dt               date not null,
  anonymous_id     varchar,
  product_id       varchar,
  order_id         varchar,
  revenue          decimal(12,2),
  extra            varchar,
  source_partition integer not null,
  source_offset    bigint not null,
  ingested_at      timestamp not null
);

create table if not exists raw.raw_rejects (
  reason           varchar not null,
  detail           varchar,
  raw              blob not null,
  raw_bytes        bigint not null,
  source_partition integer not null,
  source_offset    bigint not null,
  arrived_at       timestamp not null,
  ingested_at      timestamp not null,
  dt               date not null
);

create table if not exists raw.load_ledger (
  file_path     varchar not null,
  table_version bigint not null,
  row_count     bigint not null,
  loaded_at     timestamp not null
);

create table if not exists raw.load_watermark (
  table_name    varchar(32) not null,
  table_version bigint not null,
  updated_at    timestamp not null
);

create table if not exists raw.load_origin (
  table_name    varchar(32) not null,
  table_version bigint not null,
  table_id      varchar(128) not null,
  steps         bigint not null
);

create table if not exists raw.load_proof (
  table_name    varchar(32) not null,
  table_version bigint not null,
  table_id      varchar(128) not null,
  commit_digest varchar(16) not null,
  dt            varchar(10) not null,
  file_count    bigint not null,
  row_count     bigint not null,
  key_digest    bigint not null,
  proven_at     timestamp not null
);
