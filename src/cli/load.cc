// rcml load: lake -> warehouse, each file exactly once. Which files is decided in load_plan.h; how they get there is the
// warehouse's.
#include <atomic>
#include <cinttypes>
#include <cstdio>

#include "cli/all_commands.h"
#include "cli/load_plan.h"
#include "cli/progress.h"
#include "cli/source_options.h"
#include "cli/warehouse_options.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"

namespace rcml::cli {
namespace {

using warehouse::LakeFile;
using warehouse::LoadReport;
using warehouse::RawTable;

struct Totals {
  std::atomic<int64_t> rows_planned{0};
  std::atomic<int64_t> rows_done{0};
  LoadReport report;
  void add(const LoadReport& one) {
    report.files_loaded += one.files_loaded;
    report.files_already_there += one.files_already_there;
    report.rows_loaded += one.rows_loaded;
  }
};

const char* name_of(RawTable table) { return table == RawTable::clicks ? "raw_clicks" : "raw_rejects"; }

ToLakeFile converter(const lake::Table& table) {
  return [&table](const lake::DataFile& file, TableVersion version) { return lake_file(table, file, version); };
}

// What the log says since `from`. A log that was cleaned up beyond that point is only good enough for a warehouse that
// holds nothing yet: there the live files are the whole truth.
Result<LoadPlan> read_plan(const lake::Table& table, TableVersion from, bool is_ledger_empty) {
  auto log = table.log(from);
  if (log.ok()) return plan_load(*log, converter(table));
  if (log.error().kind != ErrorKind::corrupt) return log.take_error();
  if (!is_ledger_empty) {
    return needs_person(log.error().message + ": which files are new cannot be told any more",
                        "Load everything again: rcml load --replace-dt all");
  }
  LoadPlan plan;
  RCML_TRY(const auto live, table.live_files());
  for (const lake::DataFile& file : live) plan.files.push_back(lake_file(table, file, table.version()));
  return plan;
}

// Only met when the log is too short to name the originals of a date (see overtaken_dts).
Error explained(Error error, const LoadPlan& plan, const std::vector<LakeFile>& batch) {
  for (const LakeFile& file : batch) {
    if (!plan.rewritten.contains(file.path) || error.message.find(file.path) == std::string::npos) continue;
    return needs_person(
        "lake file " + file.path + " was rewritten by compaction before it was loaded: " + error.message,
        "Its rows are safe in the rewritten file. Load everything again: rcml load --replace-dt all");
  }
  return error;
}

void warn_of_deletions(RawTable table, const LoadPlan& plan) {
  for (const std::string& dt : plan.shrunk_dts) {
    log_warn("rows were deleted from the lake",
             {{"table", name_of(table)}, {"dt", dt}, {"cure", "rcml load --replace-dt " + dt}});
  }
}

Status load_batch(warehouse::Warehouse& target, RawTable table, const LoadPlan& plan,
                  const std::vector<LakeFile>& batch, Totals& totals) {
  const UtcMicros began = monotonic_now();
  auto report = target.load(table, batch);
  if (!report.ok()) return explained(report.take_error(), plan, batch);
  totals.add(*report);
  for (const LakeFile& file : batch) totals.rows_done += file.row_count;
  log_info("load done", {{"table", name_of(table)},
                         {"files", report->files_loaded},
                         {"rows", report->rows_loaded},
                         {"already_there", report->files_already_there},
                         {"ms", (monotonic_now().value - began.value) / 1000}});
  return {};
}

BatchLimits batch_limits(const Settings& settings) {
  return {settings.count("load.batch_bytes_max"), settings.count("load.batch_files_max")};
}

std::vector<LakeFile> live_lake_files(const std::vector<lake::DataFile>& files, const lake::Table& table) {
  std::vector<LakeFile> live;
  for (const lake::DataFile& file : files) live.push_back(lake_file(table, file, table.version()));
  return live;
}

std::vector<std::string> paths_of(const std::map<std::string, int64_t>& ledger) {
  std::vector<std::string> paths;
  for (const auto& [path, rows] : ledger) paths.push_back(path);
  return paths;
}

// The files of the table that a stream committed. Without a whole log they are unknown. When everything is loaded again
// the live files may then stand for themselves; for some dates they may not: an original that is still to be loaded would
// not be known for what they hold, and loaded too.
Result<std::vector<LakeFile>> originals_of(const lake::Table& table, const DtRange& range,
                                           const std::vector<LakeFile>& live) {
  const auto log = table.log(TableVersion(0));
  if (log.ok()) return plan_load(*log, converter(table)).files;
  if (log.error().kind != ErrorKind::corrupt) return log.error();
  if (range == DtRange::all()) return live;
  return needs_person(
      "the beginning of the lake's log is gone: " + log.error().message,
      "Dates cannot be loaded again one by one then; load everything again: rcml load --replace-dt all");
}

Status replace_range(const DtRange& range, const lake::Table& table, RawTable raw, warehouse::Warehouse& target,
                     Totals& totals) {
  RCML_TRY(const auto live_files, table.live_files());
  const std::vector<LakeFile> live = live_lake_files(live_files, table);
  RCML_TRY(const auto originals, originals_of(table, range, live));
  RCML_TRY(const auto ledger, target.ledger(raw));
  warehouse::Replacement replacement = plan_replacement(range, originals, live, paths_of(ledger));
  replacement.version = table.version();
  for (const LakeFile& file : replacement.live) totals.rows_planned += file.row_count;
  RCML_TRY(const LoadReport report, target.replace(raw, replacement));
  totals.add(report);
  totals.rows_done += report.rows_loaded;
  log_info("dates loaded again", {{"table", name_of(raw)},
                                  {"from", range.first},
                                  {"to", range.last},
                                  {"dates", replacement.dts.size()},
                                  {"files", report.files_loaded},
                                  {"rows", report.rows_loaded}});
  return {};
}

// Leaves in `plan` what is still to be loaded file by file.
Status load_overtaken(const lake::Table& table, RawTable raw, warehouse::Warehouse& target, LoadPlan& plan,
                      Totals& totals) {
  RCML_TRY(const auto ledger, target.ledger(raw));
  const std::set<std::string> dts = overtaken_dts(plan, ledger);
  const bool is_log_whole = dts.empty() || table.log(TableVersion(0)).ok();
  if (!is_log_whole) return {};
  for (const std::string& dt : dts) {
    if (stop_requested()) break;
    RCML_OK(replace_range({dt, dt}, table, raw, target, totals));
  }
  std::erase_if(plan.files, [&](const LakeFile& file) { return dts.contains(file.dt); });
  return {};
}

// A stop is obeyed between two batches; what was committed stays, the rest is the next run's.
Status load_files(const Settings& settings, RawTable raw, warehouse::Warehouse& target, const LoadPlan& plan,
                  Totals& totals) {
  for (const LakeFile& file : plan.files) totals.rows_planned += file.row_count;
  for (const auto& batch : batches_of(plan.files, batch_limits(settings))) {
    if (stop_requested()) return {};
    RCML_OK(load_batch(target, raw, plan, batch, totals));
  }
  return {};
}

Status load_table(const Settings& settings, lake::Table& table, RawTable raw, warehouse::Warehouse& target,
                  Totals& totals) {
  RCML_OK(table.refresh());
  RCML_TRY(const TableVersion mark, target.watermark(raw));
  RCML_TRY(const auto ledger, target.ledger(raw));
  const TableVersion next(mark.value + 1);
  const TableVersion from(settings.has("load.since_version") ? settings.count("load.since_version") : next.value);
  if (mark > table.version()) RCML_OK(table.refresh());  // Another loader may have seen a newer version than we.
  if (mark > table.version()) {
    return needs_person(std::string(name_of(raw)) + " was loaded up to version " + std::to_string(mark.value) +
                            " of the lake, which is at " + std::to_string(table.version().value),
                        "If the lake was made anew, load it whole: rcml load --replace-dt all");
  }
  if (from > table.version()) return {};
  RCML_TRY(LoadPlan plan, read_plan(table, from, ledger.empty()));
  warn_of_deletions(raw, plan);
  RCML_OK(load_overtaken(table, raw, target, plan, totals));
  RCML_OK(load_files(settings, raw, target, plan, totals));
  const bool is_all_loaded = !stop_requested() && from <= next && table.version() > mark;
  return is_all_loaded ? target.set_watermark(raw, table.version()) : Status();
}

Status replace_table(const DtRange& range, lake::Table& table, RawTable raw, warehouse::Warehouse& target,
                     Totals& totals) {
  RCML_OK(table.refresh());
  RCML_OK(replace_range(range, table, raw, target, totals));
  return range == DtRange::all() ? target.set_watermark(raw, table.version()) : Status();
}

Status print_dry_run(const Settings& settings, lake::Table& table, RawTable raw, warehouse::Warehouse& target) {
  RCML_OK(table.refresh());
  const TableVersion from(settings.has("load.since_version") ? settings.count("load.since_version") : 0);
  RCML_TRY(const LoadPlan plan, read_plan(table, from, true));
  const auto batches = batches_of(plan.files, batch_limits(settings));
  for (size_t i = 0; i < batches.size(); ++i) {
    RCML_TRY(const std::string text, target.dry_run(raw, batches[i]));
    std::printf("-- %s, batch %zu of %zu: %zu files\n%s\n", name_of(raw), i + 1, batches.size(), batches[i].size(),
                text.c_str());
  }
  return {};
}

Result<int> run_dry(const Settings& settings, lake::LakeTables& tables) {
  RCML_TRY(const auto target, warehouse::offline_warehouse(warehouse_options(settings, tables)));
  std::printf("-- What would run if the ledger were empty; nothing was connected to.\n");
  RCML_OK(print_dry_run(settings, *tables.clicks, RawTable::clicks, *target));
  RCML_OK(print_dry_run(settings, *tables.rejects, RawTable::rejects, *target));
  return 0;
}

void print_summary(const Totals& totals, UtcMicros began) {
  const double seconds = static_cast<double>(monotonic_now().value - began.value) / 1e6;
  std::printf("%" PRId64 " rows of %" PRId64 " files loaded, %" PRId64 " files were there already, %.1f s, %s rows/s\n",
              totals.report.rows_loaded, totals.report.files_loaded, totals.report.files_already_there, seconds,
              short_count(static_cast<double>(totals.report.rows_loaded) / seconds).c_str());
}

Status load_all(const Settings& settings, lake::LakeTables& tables, warehouse::Warehouse& target, Totals& totals) {
  if (!settings.has("load.replace_dt")) {
    RCML_OK(load_table(settings, *tables.clicks, RawTable::clicks, target, totals));
    return load_table(settings, *tables.rejects, RawTable::rejects, target, totals);
  }
  RCML_TRY(const DtRange range, parse_dt_range(settings.text("load.replace_dt")));
  RCML_OK(replace_table(range, *tables.clicks, RawTable::clicks, target, totals));
  return replace_table(range, *tables.rejects, RawTable::rejects, target, totals);
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"lake", "warehouse"}));
  if (settings.has("load.replace_dt")) RCML_OK(parse_dt_range(settings.text("load.replace_dt")));
  RCML_TRY(lake::LakeTables tables, lake::open_lake(settings.text("lake")));
  if (settings.is_on("load.dry_run")) return run_dry(settings, tables);
  const UtcMicros began = monotonic_now();
  RCML_TRY(const auto target, warehouse::open_warehouse(warehouse_options(settings, tables)));
  RCML_OK(target->prepare());
  Totals totals;
  {
    const ProgressLine progress([&] {
      return "loading: " + short_count(static_cast<double>(totals.rows_done)) + " of " +
             short_count(static_cast<double>(totals.rows_planned)) + " rows";
    });
    RCML_OK(load_all(settings, tables, *target, totals));
  }
  print_summary(totals, began);
  return 0;
}

}  // namespace

Command load_command() {
  return {{"load", "Load the lake's new files into the warehouse, each exactly once", "",
           "rcml load --lake var/lake --warehouse duckdb:var/clicks.duckdb\n"
           "rcml load --lake s3://my-bucket/shop --warehouse redshift://… --dry-run\n"
           "rcml load --lake var/lake --warehouse postgres://… --replace-dt 2025-08-01..2025-08-31",
           "rcml transform --warehouse duckdb:var/clicks.duckdb"},
          run};
}

}  // namespace rcml::cli
