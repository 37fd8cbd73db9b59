// rcml lake log|compact|vacuum|checkpoint: looking at the lake and keeping it in order, beside running streams and loads.
#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "lake/maintain/compact.h"
#include "lake/maintain/history_files.h"
#include "lake/maintain/vacuum.h"
#include "lake/parquet/table_columns.h"
#include "lake/schemas.h"

namespace rcml::cli {
namespace {

using Json = nlohmann::ordered_json;

struct NamedTable {
  const char* name;
  lake::Table& table;
  std::vector<lake::FileColumn> columns;
};
using TableVisitor = std::function<Status(const NamedTable&)>;

// Both tables, or the one that --table names.
Status for_each_table(const Settings& settings, const TableVisitor& visit) {
  RCML_OK(require(settings, {"lake"}));
  RCML_TRY(const lake::LakeTables tables, lake::open_lake(settings.text("lake")));
  const std::string only = settings.text("lake.table");
  const NamedTable named[] = {{"clicks", *tables.clicks, lake::click_columns()},
                              {"rejects", *tables.rejects, lake::reject_columns()}};
  for (const NamedTable& table : named) {
    if (only.empty() || only == table.name) RCML_OK(visit(table));
  }
  return {};
}

struct VersionSummary {
  int64_t files_added = 0;
  int64_t files_removed = 0;
  int64_t rows_added = 0;
  int64_t bytes_added = 0;
  bool is_data_change = true;
};
using VersionsOfTable = std::map<int64_t, VersionSummary>;

// Every version from `from` on; one that moved marks alone has no files.
Result<VersionsOfTable> versions_since(const lake::Table& table, TableVersion from) {
  RCML_TRY(const std::vector<lake::LogEntry> entries, table.log(from));
  VersionsOfTable versions;
  for (int64_t version = from.value; version <= table.version().value; ++version) versions[version];
  for (const lake::LogEntry& entry : entries) {
    VersionSummary& summary = versions[entry.version.value];
    summary.is_data_change = entry.is_data_change;
    if (!entry.is_add) {
      ++summary.files_removed;
      continue;
    }
    ++summary.files_added;
    summary.rows_added += lake::known_rows(entry.file);
    summary.bytes_added += entry.file.bytes;
  }
  return versions;
}

struct TableState {
  int64_t version = 0;
  int64_t files = 0;
  int64_t rows = 0;
  int64_t bytes = 0;
  lake::Marks marks;
  VersionsOfTable newest;
  int64_t told_from = 0;  // The first version, of those that were asked for, whose entry is still in the log.
  bool is_cut = false;  // Earlier ones were asked for too; their entries were removed.
};

Result<TableState> state_of(const lake::Table& table, int64_t versions_max) {
  TableState state;
  state.version = table.version().value;
  RCML_TRY(const std::vector<lake::DataFile> live, table.live_files());
  for (const lake::DataFile& file : live) {
    ++state.files;
    state.rows += file.row_count;
    state.bytes += file.bytes;
  }
  RCML_TRY(state.marks, table.marks(""));
  const int64_t wanted = std::max<int64_t>(0, state.version - versions_max + 1);
  RCML_TRY(const std::vector<lake::StoredFile> stored, table.location().list(std::string(lake::kHistoryFolder)));
  state.told_from = std::max(wanted, lake::first_commit(stored).value_or(state.version + 1));
  state.is_cut = state.told_from > wanted;
  if (state.told_from > state.version) return state;
  RCML_TRY(state.newest, versions_since(table, TableVersion(state.told_from)));
  return state;
}

Json to_json(const TableState& state) {
  Json json{{"version", state.version}, {"files", state.files}, {"rows", state.rows}, {"bytes", state.bytes}};
  json["marks"] = Json(state.marks);
  json["first_known_version"] = state.told_from;
  json["versions"] = Json::array();
  for (const auto& [version, summary] : state.newest) {
    json["versions"].push_back({{"version", version},
                                {"files_added", summary.files_added},
                                {"files_removed", summary.files_removed},
                                {"rows_added", summary.rows_added},
                                {"bytes_added", summary.bytes_added},
                                {"data_change", summary.is_data_change}});
  }
  return json;
}

void print(const char* name, const TableState& state) {
  std::printf("%s: version %" PRId64 ", %" PRId64 " rows in %" PRId64 " files, %" PRId64 " bytes\n", name,
              state.version, state.rows, state.files, state.bytes);
  for (const auto& [app, next] : state.marks) std::printf("  mark %s = %" PRId64 "\n", app.c_str(), next);
  std::printf("  %10s %10s %10s %12s %14s\n", "version", "files +", "files -", "rows +", "bytes +");
  if (state.is_cut) {
    std::printf("  what versions before %" PRId64
                " did is no longer known: their log entries were removed (--log-age-min)\n",
                state.told_from);
  }
  for (const auto& [version, summary] : state.newest) {
    std::printf("  %10" PRId64 " %10" PRId64 " %10" PRId64 " %12" PRId64 " %14" PRId64 "%s\n", version,
                summary.files_added, summary.files_removed, summary.rows_added, summary.bytes_added,
                summary.is_data_change ? "" : "  no change of data");
  }
}

Result<int> run_log(const Settings& settings) {
  Json json = Json::object();
  RCML_OK(for_each_table(settings, [&](const NamedTable& named) -> Status {
    RCML_TRY(const TableState state, state_of(named.table, settings.count("newest")));
    if (settings.is_on("json")) json[named.name] = to_json(state);
    else print(named.name, state);
    return {};
  }));
  if (settings.is_on("json")) std::printf("%s\n", json.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  return 0;
}

Result<lake::CompactOptions> compact_options(const Settings& settings) {
  lake::CompactOptions options;
  options.file_bytes_min = settings.count("lake.file_bytes_min");
  options.file_bytes_max = settings.count("lake.file_bytes_max");
  options.dt = settings.text("lake.dt");
  if (!options.dt.empty() && !parse_dt(options.dt))
    return bad_config("\"" + options.dt + "\" is no date", "Write it as --dt 2025-08-24");
  if (options.file_bytes_min > options.file_bytes_max) {
    return bad_config("--file-bytes-min is above --file-bytes-max",
                      "Files below the first become files of about the second");
  }
  return options;
}

Result<int> run_compact(const Settings& settings) {
  RCML_TRY(const lake::CompactOptions options, compact_options(settings));
  RCML_OK(for_each_table(settings, [&](const NamedTable& named) -> Status {
    RCML_TRY(const lake::CompactReport report, lake::compact(named.table, named.columns, options));
    std::printf("%s: %" PRId64 " files with %" PRId64 " rows are now %" PRId64 "\n", named.name, report.files_before,
                report.rows, report.files_after);
    if (report.groups_dropped > 0) {
      std::printf("%s: %" PRId64 " groups were replaced by somebody else meanwhile\n", named.name,
                  report.groups_dropped);
    }
    return {};
  }));
  return 0;
}

int64_t bytes_of(const std::vector<lake::StoredFile>& files) {
  int64_t bytes = 0;
  for (const lake::StoredFile& file : files) bytes += file.bytes;
  return bytes;
}

void print(const char* name, const lake::VacuumReport& report, bool is_dry_run) {
  if (is_dry_run) {
    for (const auto* list : {&report.data_files, &report.log_files}) {
      for (const lake::StoredFile& file : *list) std::printf("%s/%s\n", name, file.path.c_str());
    }
    for (const std::string& path : report.uploads) std::printf("%s/%s (unfinished upload)\n", name, path.c_str());
  }
  std::printf("%s: %zu data files (%" PRId64 " bytes), %zu log files and %zu unfinished uploads %s\n", name,
              report.data_files.size(), bytes_of(report.data_files), report.log_files.size(), report.uploads.size(),
              is_dry_run ? "would be removed" : "removed");
}

Result<int> run_vacuum(const Settings& settings) {
  lake::VacuumOptions options;
  options.orphan_age_min = settings.millis("lake.orphan_age_min");
  // Without an age the log stays whole: the loader and the audit read it from the first version on.
  options.log_age_min =
      settings.has("lake.log_age_min") ? settings.millis("lake.log_age_min") : Millis(utc_now().value / 1000);
  options.is_dry_run = settings.is_on("lake.dry_run");
  RCML_OK(for_each_table(settings, [&](const NamedTable& named) -> Status {
    RCML_TRY(const lake::VacuumReport report, lake::vacuum(named.table, options));
    print(named.name, report, options.is_dry_run);
    return {};
  }));
  return 0;
}

Status write_checkpoint(const NamedTable& named) {
  RCML_OK(named.table.checkpoint());
  std::printf("%s: checkpoint of version %" PRId64 "\n", named.name, named.table.version().value);
  return {};
}

Result<int> run_checkpoint(const Settings& settings) {
  RCML_OK(for_each_table(settings, write_checkpoint));
  return 0;
}

}  // namespace

Command lake_log_command() {
  return {{"lake log", "Show what the lake holds: files, rows, marks, newest versions", "",
           "rcml lake log --lake var/lake\nrcml lake log --lake var/lake --table clicks --newest 100 --json", ""},
          run_log};
}

Command lake_compact_command() {
  return {
      {"lake compact", "Merge small files into large ones; safe beside streams and loads", "",
       "rcml lake compact --lake var/lake\nrcml lake compact --lake s3://my-bucket/lake --table clicks --dt 2025-08-24",
       "rcml lake vacuum --lake var/lake --dry-run"},
      run_compact};
}

Command lake_vacuum_command() {
  return {{"lake vacuum", "Remove data files that no recent version names; safe beside streams and loads", "",
           "rcml lake vacuum --lake var/lake --dry-run\nrcml lake vacuum --lake var/lake --orphan-age-min 30d", ""},
          run_vacuum};
}

Command lake_checkpoint_command() {
  return {{"lake checkpoint", "Sum up the log in one file, so that readers open the lake faster", "",
           "rcml lake checkpoint --lake var/lake", ""},
          run_checkpoint};
}

}  // namespace rcml::cli
