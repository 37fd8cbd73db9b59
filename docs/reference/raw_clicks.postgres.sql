create schema if not exists raw;

create table if not exists raw.raw_clicks (
  event_id         varchar(64) not null,
  customer_id      varchar(64),
  session_id       varchar(64),
  event_type       varchar(32) not null,
  page             varchar(256),
  utm_campaign     varchar(64),
  device           varchar(16),
  geo_city         varchar(64),
  event_ts         timestamp not null,
  source           varchar(32),
  dt               date not null,
  anonymous_id     varchar(64),
  product_id       varchar(64),
  order_id         varchar(64),
  revenue          numeric(12,2),
  extra            varchar(65535),
  source_partition integer not null,
  source_offset    bigint not null,
  ingested_at      timestamp not null
)
partition by range (dt);

create table if not exists raw.raw_rejects (
  reason           varchar(32) not null,
  detail           varchar(1024),
  raw              bytea not null,
  raw_bytes        bigint not null,
  source_partition integer not null,
  source_offset    bigint not null,
  arrived_at       timestamp not null,
  ingested_at      timestamp not null,
  dt               date not null
)
partition by range (dt);

create table if not exists raw.load_ledger (
  file_path     varchar(512) not null,
  table_version bigint not null,
  row_count     bigint not null,
  loaded_at     timestamp not null,
  primary key (file_path)
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
