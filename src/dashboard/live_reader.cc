#include "dashboard/live_reader.h"

#include <algorithm>

#include "core/clock.h"
#include "dashboard/json.h"
#include "dashboard/raw_text.h"

namespace rcml::dashboard {
namespace {

constexpr std::string_view kCreateTable =
    "create table live_events(event_hash ubigint, event_id varchar, event_at timestamp, ingested_at timestamp, committed_at_ms bigint, "
    "event_type varchar, page varchar, visitor_id varchar, device varchar, utm_campaign varchar, geo_city varchar, revenue double)";

// A client's clock may run ahead: such an event is recent, not "in the future".
constexpr std::string_view kActiveSinceNow =
    " from live_events where event_at > cast(? as timestamp) - interval 5 minute";

constexpr size_t kFilesPerReadMax = 200;
constexpr size_t kRejectFilesMax = 50;

std::string timestamp_text(UtcMicros now) {
  // "2025-08-24T10:00:00.123456Z" without its zone, which DuckDB's plain timestamp would refuse.
  std::string text = to_text(now);
  text.pop_back();
  return text;
}

// "[?, ?]": paths are bound, never part of the text.
Query files_query(const std::string& before, const std::vector<LakeFile>& files, const std::string& after) {
  QueryBuilder sql;
  sql.add(before + "[");
  for (size_t index = 0; index < files.size(); ++index) sql.add(index == 0 ? "?" : ", ?").bind(files[index].path);
  return sql.add("]" + after).take();
}

std::string commits_json(const std::vector<LakeCommit>& commits) {
  std::string out = "[";
  for (const LakeCommit& commit : commits) {
    if (out.size() > 1) out += ',';
    out += JsonObject()
               .value("version", commit.version)
               .value("files", commit.file_count)
               .value("rows", commit.row_count)
               .value("committed_at_ms", commit.committed_at_ms)
               .take();
  }
  return out + ']';
}

std::string lake_table_json(const LakeTableState& table) {
  return JsonObject()
      .value("version", table.version)
      .value("files", table.file_count)
      .value("rows", table.row_count)
      .value("bytes", table.bytes)
      .value("committed_at_ms", table.committed_at_ms == 0 ? Value() : Value(table.committed_at_ms))
      .raw("commits", commits_json(table.newest_commits))
      .take();
}

}  // namespace

Result<std::unique_ptr<LiveReader>> LiveReader::create(LakeFeed& feed) {
  RCML_TRY(auto database, DuckdbDatabase::open(":memory:", {{"autoinstall_known_extensions", "false"},
                                                            {"autoload_known_extensions", "false"},
                                                            {"memory_limit", "1GB"}}));
  RCML_OK(database->run({std::string(kCreateTable), {}}));
  return std::unique_ptr<LiveReader>(new LiveReader(feed, std::move(database)));
}

Status LiveReader::refresh(int64_t now_ms) {
  if (now_ms - refreshed_at_ms_ < kPollEveryMs && refreshed_at_ms_ <= now_ms) return {};
  RCML_TRY(lake_, feed_.poll(now_ms - kLiveWindowMs));
  RCML_OK(read_new_files(lake_.clicks.newest_files, now_ms));
  RCML_OK(forget_old(now_ms));
  refreshed_at_ms_ = now_ms;
  return {};
}

Status LiveReader::read_new_files(const std::vector<LakeFile>& files, int64_t now_ms) {
  std::set<std::string> still_there;
  std::vector<LakeFile> fresh;
  int64_t row_count = 0;
  for (const LakeFile& file : files) {  // Newest first: the bound cuts the oldest off.
    if (row_count >= kLiveRowsMax) break;
    row_count += file.row_count;
    still_there.insert(file.path);
    if (!read_paths_.contains(file.path)) fresh.push_back(file);
  }
  for (size_t first = 0; first < fresh.size(); first += kFilesPerReadMax) {
    const std::vector<LakeFile> batch(
        fresh.begin() + static_cast<ptrdiff_t>(first),
        fresh.begin() + static_cast<ptrdiff_t>(std::min(first + kFilesPerReadMax, fresh.size())));
    // Imported history comes in files of today: what happened before the window is not even read.
    Query insert = files_query(
        "insert into live_events select distinct on (event_hash) * from (select hash(event_id) as event_hash, event_id, "
        "make_timestamp(epoch_us(event_ts)), make_timestamp(epoch_us(ingested_at)), 0, "
        "event_type, page, coalesce(nullif(customer_id, ''), nullif(anonymous_id, ''), nullif(session_id, ''), event_id), device, utm_campaign, geo_city, revenue::double "
        "from read_parquet(",
        batch,
        ", union_by_name = true, hive_partitioning = false) where event_ts > to_timestamp(? / 1000.0)) n "
        "where not exists (select 1 from live_events l where l.event_hash = n.event_hash)");
    insert.binds.emplace_back(now_ms - kLiveWindowMs);
    RCML_OK(database_->run(insert));
    // Kept even if a later batch fails or takes too long: the next try goes on from here.
    for (const LakeFile& file : batch) read_paths_.insert(file.path);
  }
  read_paths_ = std::move(still_there);
  return {};
}

Status LiveReader::forget_old(int64_t now_ms) {
  RCML_OK(database_->run(
      {"delete from live_events where event_at <= make_timestamp(?) - interval 30 minute", {(now_ms) * 1000}}));
  RCML_TRY(const Table counted, database_->run({"select count(*) from live_events", {}}));
  const int64_t row_count = std::get<int64_t>(counted.rows[0][0]);
  if (row_count <= kLiveRowsMax) return {};
  RCML_OK(database_->run(
      {"delete from live_events where event_at < (select min(event_at) from (select event_at from live_events order by event_at desc limit ?) n)",
       {kLiveRowsMax}}));
  return {};
}

Result<std::string> LiveReader::live_json(UtcMicros now) {
  const std::lock_guard lock(mutex_);
  RCML_OK(refresh(now.value / 1000));
  const std::string at = timestamp_text(now);
  RCML_TRY(
      const Table active,
      database_->run(
          {"select count(distinct visitor_id) as active_visitors, count(*) as events_5m, count(*) filter (where event_type = 'purchase') as purchases_5m" +
               std::string(kActiveSinceNow),
           {at}}));
  RCML_TRY(
      const Table window,
      database_->run(
          {"select count(*) as events_30m, count(distinct visitor_id) as visitors_30m, "
           "count(*) filter (where event_type = 'checkout') as checkouts_30m, count(*) filter (where event_type = 'purchase') as purchases_30m, "
           "sum(revenue) filter (where event_type = 'purchase') as revenue_30m, epoch_ms(min(event_at)) as oldest_event_at_ms, "
           "epoch_ms(max(event_at)) as newest_event_at_ms, epoch_ms(max(ingested_at)) as newest_ingested_at_ms, "
           "count(*) filter (where event_at > cast(? as timestamp) - interval 10 second) / 10.0::double as events_per_second from live_events",
           {at}}));
  RCML_TRY(
      const Table minutes,
      database_->run(
          {"select m.minutes_ago, coalesce(n.events, 0) as events, coalesce(n.visitors, 0) as visitors from (select unnest(range(30)) as minutes_ago) m left join "
           "(select cast(greatest(0, floor((epoch_ms(cast(? as timestamp)) - epoch_ms(event_at)) / 60000.0)) as bigint) as minutes_ago, count(*) as events, "
           "count(distinct visitor_id) as visitors from live_events group by 1) n on n.minutes_ago = m.minutes_ago order by m.minutes_ago desc",
           {at}}));
  RCML_TRY(
      const Table pages,
      database_->run(
          {"select page, count(*) as views, count(distinct visitor_id) as visitors from live_events where event_type in ('page_view', 'product_view') "
           "group by page order by views desc, page limit 10",
           {}}));
  RCML_TRY(
      const Table sources,
      database_->run(
          {"select utm_campaign, count(distinct visitor_id) as visitors from live_events group by utm_campaign order by visitors desc, utm_campaign limit 10",
           {}}));
  RCML_TRY(
      const Table events,
      database_->run(
          {"select strftime(event_at, '%Y-%m-%dT%H:%M:%S.%gZ') as event_at, event_id, event_type, page, device, utm_campaign, geo_city, visitor_id, revenue "
           "from live_events order by event_at desc, event_id limit 50",
           {}}));
  return JsonObject()
      .value("now_ms", now.value / 1000)
      .raw("active", to_json_rows(active))
      .raw("window", to_json_rows(window))
      .raw("minutes", to_json_rows(minutes))
      .raw("pages", to_json_rows(pages))
      .raw("campaigns", to_json_rows(sources))
      .raw("events", to_json_rows(events))
      .raw("lake", lake_table_json(lake_.clicks))
      .take();
}

Result<Table> LiveReader::newest_rejects(const std::string& select, const std::string& tail) const {
  std::vector<LakeFile> files = lake_.rejects.newest_files;
  if (files.size() > kRejectFilesMax) files.resize(kRejectFilesMax);
  if (files.empty()) return Table{};
  return database_->run(files_query("select " + select + " from read_parquet(", files,
                                    ", union_by_name = true, hive_partitioning = false) " + tail));
}

Result<std::string> LiveReader::lake_json(UtcMicros now) {
  const std::lock_guard lock(mutex_);
  RCML_OK(refresh(now.value / 1000));
  RCML_TRY(
      const Table reasons,
      newest_rejects(
          "reason, count(*) as rejects, strftime(max(make_timestamp(epoch_us(ingested_at))), '%Y-%m-%dT%H:%M:%SZ') as newest_at",
          "group by reason order by rejects desc, reason"));
  RCML_TRY(
      const Table samples,
      newest_rejects(
          "reason, detail, left(" + std::string(kRawAsText) +
              ", 300) as raw, cast(raw_bytes as bigint) as raw_bytes, "
              "cast(source_partition as bigint) as source_partition, source_offset, strftime(make_timestamp(epoch_us(ingested_at)), '%Y-%m-%dT%H:%M:%SZ') as ingested_at",
          "qualify row_number() over (partition by reason order by ingested_at desc, source_offset desc) <= 3 order by reason, ingested_at desc"));
  std::string marks = "[";
  for (const LakeMark& mark : lake_.marks) {
    if (marks.size() > 1) marks += ',';
    marks += JsonObject().text("source", mark.source).value("next_offset", mark.next_offset).take();
  }
  return JsonObject()
      .value("now_ms", now.value / 1000)
      .raw("clicks", lake_table_json(lake_.clicks))
      .raw("rejects", lake_table_json(lake_.rejects))
      .raw("marks", marks + ']')
      .raw("reject_reasons", to_json_rows(reasons))
      .raw("reject_samples", to_json_rows(samples))
      .take();
}

}  // namespace rcml::dashboard
