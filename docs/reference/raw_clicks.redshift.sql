create schema if not exists raw;

create table if not exists raw.raw_clicks (
  event_id         varchar(64) not null encode zstd,
  customer_id      varchar(64) encode zstd,
  session_id       varchar(64) encode zstd,
  event_type       varchar(32) not null encode zstd,
  page             varchar(256) encode zstd,
  utm_campaign     varchar(64) encode zstd,
  device           varchar(16) encode zstd,
  geo_city         varchar(64) encode zstd,
  event_ts         timestamp not null encode raw,
  source           varchar(32) encode zstd,
  dt               date not null encode az64,
  anonymous_id     varchar(64) encode zstd,
  product_id       varchar(64) encode zstd,
  order_id         varchar(64) encode zstd,
  revenue          decimal(12,2) encode az64,
  extra            varchar(65535) encode zstd,
  source_partition integer not null encode az64,
  source_offset    bigint not null encode az64,
  ingested_at      timestamp not null encode az64
)
diststyle key distkey (event_id)
sortkey (event_ts);

create table if not exists raw.raw_rejects (
  reason           varchar(32) not null encode zstd,
  detail           varchar(1024) encode zstd,
  raw              varbyte(16777216) not null encode zstd,
  raw_bytes        bigint not null encode az64,
  source_partition integer not null encode az64,
  source_offset    bigint not null encode az64,
  arrived_at       timestamp not null encode az64,
  ingested_at      timestamp not null encode raw,
  dt               date not null encode az64
)
diststyle even
sortkey (ingested_at);

create table if not exists raw.load_ledger (
  file_path     varchar(512) not null encode raw,
  table_version bigint not null encode az64,
  row_count     bigint not null encode az64,
  loaded_at     timestamp not null encode az64
)
diststyle all
sortkey (file_path);

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
