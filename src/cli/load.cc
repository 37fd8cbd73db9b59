// rcml load: lake -> warehouse. What it does is in loader/; here are its flags and what it prints.
#include <array>
#include <cinttypes>
#include <cstdio>

#include "cli/all_commands.h"
#include "cli/progress.h"
#include "cli/source_options.h"
#include "cli/warehouse_options.h"
#include "core/clock.h"
#include "lake/parquet/table_columns.h"
#include "loader/load.h"

namespace rcml::cli {
namespace {

using loader::TablePair;
using warehouse::RawTable;

std::array<TablePair, 2> pairs_of(lake::LakeTables& tables) {
  return {TablePair{*tables.clicks, lake::click_columns(), RawTable::clicks},
          TablePair{*tables.rejects, lake::reject_columns(), RawTable::rejects}};
}

loader::LoadOptions load_options(const Settings& settings) {
  return {{settings.count("load.batch_bytes_max"), settings.count("load.batch_files_max")},
          passing_folder(settings),
          settings.has("load.since_version")};
}

Result<int> run_dry(const Settings& settings, lake::LakeTables& tables) {
  RCML_TRY(const auto target, warehouse::offline_warehouse(warehouse_options(settings, tables)));
  std::printf("-- What would run if the ledger were empty; nothing was connected to.\n");
  for (const TablePair& pair : pairs_of(tables)) {
    RCML_TRY(const std::string text, loader::dry_run(pair, *target, load_options(settings)));
    std::printf("%s", text.c_str());
  }
  return 0;
}

void print_summary(const warehouse::LoadReport& report, UtcMicros began) {
  const double seconds = static_cast<double>(monotonic_now().value - began.value) / 1e6;
  std::printf("%" PRId64 " rows of %" PRId64 " files loaded, %" PRId64 " files were there already, %.1f s, %s rows/s\n",
              report.rows_loaded, report.files_loaded, report.files_already_there, seconds,
              short_count(static_cast<double>(report.rows_loaded) / seconds).c_str());
}

Status load_all(const Settings& settings, lake::LakeTables& tables, warehouse::Warehouse& target,
                loader::LoadProgress& progress) {
  const loader::LoadOptions options = load_options(settings);
  sweep_passing_folder(settings);
  for (const TablePair& pair : pairs_of(tables)) {
    if (settings.has("load.replace_dt")) {
      RCML_TRY(const loader::DtRange range, loader::parse_dt_range(settings.text("load.replace_dt")));
      RCML_OK(loader::replace_dates(pair, range, target, options, progress));
    } else {
      RCML_OK(loader::load_table(pair, target, options, progress));
    }
  }
  return {};
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"lake", "warehouse"}));
  if (settings.has("load.replace_dt")) RCML_OK(loader::parse_dt_range(settings.text("load.replace_dt")));
  RCML_TRY(lake::LakeTables tables, lake::open_lake(settings.text("lake")));
  if (settings.is_on("load.dry_run")) return run_dry(settings, tables);
  const UtcMicros began = monotonic_now();
  RCML_TRY(const auto target, warehouse::open_warehouse(warehouse_options(settings, tables)));
  RCML_OK(target->prepare());
  loader::LoadProgress progress;
  {
    const ProgressLine line([&] {
      return "loading: " + short_count(static_cast<double>(progress.rows_done)) + " of " +
             short_count(static_cast<double>(progress.rows_planned)) + " rows";
    });
    RCML_OK(load_all(settings, tables, *target, progress));
  }
  print_summary(progress.report, began);
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
