#include "dashboard/pipeline.h"

#include <fstream>

#include "dashboard/json.h"
#include "dashboard/raw_text.h"

namespace rcml::dashboard {
namespace {

constexpr size_t kAuditBytesMax = 64 * 1024;

Result<std::string> rows_json(const MartState& state, const std::string& sql) {
  RCML_TRY(const Table table, state.run({sql, {}}));
  return to_json_rows(table);
}

Result<std::string> table_counts_json(const MartState& state) {
  RCML_TRY(
      const Table tables,
      state.run(
          {"select schema_name as schema, table_name as name, estimated_size as row_count from duckdb_tables() "
           "where not internal and database_name = ? order by schema_name = 'raw' desc, schema_name, table_name limit 100",
           {state.shape().catalog()}}));
  return to_json_rows(tables);
}

Result<std::string> steps_json(const MartState& state) {
  const MartShape& shape = state.shape();
  std::string steps = "[";
  const auto add = [&](std::string_view step, std::string_view table, const std::string& column) -> Status {
    if (!shape.has(table, column)) return {};
    RCML_TRY(
        const Table newest,
        state.run({"select epoch_ms(max(cast(\"" + column + "\" as timestamp))) from " + shape.source(table), {}}));
    if (steps.size() > 1) steps += ',';
    steps += JsonObject().text("step", step).value("newest_at_ms", newest.rows.at(0).at(0)).take();
    return {};
  };
  RCML_OK(add("ingested", "raw_clicks", "ingested_at"));
  RCML_OK(add("loaded", "load_ledger", "loaded_at"));
  RCML_OK(add("newest_event", "int_events", "event_ts"));
  RCML_OK(add("newest_session", "fct_sessions", "session_start"));
  return steps + ']';
}

Result<std::string> ledger_json(const MartState& state) {
  if (!state.shape().has("load_ledger", "file_path")) return std::string("null");
  const std::string ledger = state.shape().source("load_ledger");
  RCML_TRY(
      const std::string totals,
      rows_json(
          state,
          "select split_part(file_path, '/', 1) as raw_table, count(*) as files, cast(sum(row_count) as bigint) as rows, "
          "max(table_version) as table_version, epoch_ms(max(cast(loaded_at as timestamp))) as loaded_at_ms from " +
              ledger + " group by 1 order by 1"));
  RCML_TRY(
      const std::string newest,
      rows_json(
          state,
          "select file_path, cast(table_version as bigint) as table_version, cast(row_count as bigint) as row_count, "
          "epoch_ms(cast(loaded_at as timestamp)) as loaded_at_ms from " +
              ledger + " order by loaded_at desc, file_path desc limit 20"));
  return JsonObject().raw("totals", totals).raw("newest", newest).take();
}

constexpr std::string_view kQualityCounts[] = {
    "raw_event_count",      "event_count",        "duplicate_count",      "conflict_count",
    "unusable_count",       "late_count",         "out_of_order_count",   "late_dropped_count",
    "session_count",        "bot_session_count",  "client_session_count", "several_session_ids_count",
    "cut_session_id_count", "no_session_id_count"};

// fct_data_quality: its counts over all days, and its newest 30 days.
Result<std::string> quality_json(const MartState& state) {
  const MartShape& shape = state.shape();
  if (!shape.has("fct_data_quality", "dt")) return std::string("null");
  std::string sums = "count(*) as days";
  std::string counts = "cast(dt as varchar) as dt";
  for (const auto count : kQualityCounts) {
    const std::string column = shape.has("fct_data_quality", count) ? std::string(count) : "cast(null as bigint)";
    sums += ", cast(sum(" + column + ") as bigint) as " + std::string(count);
    counts += ", cast(" + column + " as bigint) as " + std::string(count);
  }
  const std::string from = " from " + shape.source("fct_data_quality");
  RCML_TRY(const std::string totals, rows_json(state, "select " + sums + from));
  RCML_TRY(const std::string days, rows_json(state, "select " + counts + from + " order by dt desc limit 30"));
  return JsonObject().raw("totals", totals).raw("days", days).take();
}

// What was set aside, as of the last transform: for a page that sees no lake.
Result<std::string> rejects_json(const MartState& state) {
  const MartShape& shape = state.shape();
  if (!shape.has("fct_rejects_daily", "reason")) return std::string("null");
  return rows_json(state,
                   "select reason, cast(sum(reject_count) as bigint) as rejects, "
                   "strftime(max(last_ingested_at), '%Y-%m-%dT%H:%M:%SZ') as newest_at from " +
                       shape.source("fct_rejects_daily") + " group by reason order by rejects desc, reason limit 100");
}

Result<std::string> reject_samples_json(const MartState& state) {
  const MartShape& shape = state.shape();
  if (!shape.has("raw_rejects", "raw") || !shape.has("raw_rejects", "dt")) return std::string("[]");
  const std::string from = shape.source("raw_rejects");
  return rows_json(
      state, "select reason, detail, left(" + std::string(kRawAsText) +
                 ", 300) as raw, cast(raw_bytes as bigint) as raw_bytes, cast(source_partition as bigint) as "
                 "source_partition, source_offset, strftime(ingested_at, '%Y-%m-%dT%H:%M:%SZ') as ingested_at from " +
                 from + " where dt >= (select max(dt) - 7 from " + from +
                 ") qualify row_number() over (partition by reason order by ingested_at desc, "
                 "source_offset desc) <= 3 order by reason, ingested_at desc limit 100");
}

// The last audit as text: the page parses it, so a half-written file cannot break the rest of the answer.
Value audit_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (path.empty() || !file) return {};
  std::string text(kAuditBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  return text;
}

}  // namespace

Result<std::string> pipeline_json(const MartState& state, const std::string& audit_path) {
  RCML_TRY(const std::string steps, steps_json(state));
  RCML_TRY(const std::string ledger, ledger_json(state));
  RCML_TRY(const std::string tables, table_counts_json(state));
  RCML_TRY(const std::string quality, quality_json(state));
  RCML_TRY(const std::string rejects, rejects_json(state));
  RCML_TRY(const std::string samples, reject_samples_json(state));
  RCML_TRY(const Table engine, state.run({"select version()", {}}));
  return JsonObject()
      .text("version", state.version())
      .value("published_at_ms", state.published_at_ms())
      .text("program_version", RCML_VERSION)
      .value("duckdb_version", engine.rows.at(0).at(0))
      .raw("steps", steps)
      .raw("ledger", ledger)
      .raw("tables", tables)
      .raw("quality", quality)
      .raw("reject_reasons", rejects)
      .raw("reject_samples", samples)
      .value("audit", audit_text(audit_path))
      .take();
}

}  // namespace rcml::dashboard
