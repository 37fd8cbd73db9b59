// rcml audit: proof that each event is counted once, from the log of events to the marts.
#include <cstdio>
#include <fstream>
#include <map>
#include <utility>

#include "audit/files.h"
#include "audit/offsets.h"
#include "audit/truth.h"
#include "broker/open.h"
#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "cli/warehouse_options.h"
#include "lake/store/location.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {
namespace {

constexpr int32_t kAttemptsMax = 5;

using Begins = std::map<Partition, Offset>;

Result<Begins> begins_of(broker::EventSource& source) {
  Begins begins;
  RCML_TRY(const std::vector<Partition> partitions, source.partitions());
  for (const Partition partition : partitions) {
    RCML_TRY(const broker::OffsetRange range, source.range(partition));
    begins[partition] = range.begin;
  }
  return begins;
}

// A trim or retention may remove the log's oldest events while they are read. Then this begins again.
Status audit_log(const Settings& settings, const lake::LakeTables& tables, audit::Report& report) {
  RCML_TRY(broker::SourceOptions options, source_options(settings));
  options.is_standalone = true;
  RCML_TRY(const auto lake, lake::Location::open(settings.text("lake")));
  const audit::OffsetsOptions wanted{options.group, settings.is_on("audit.full"), lake.get()};
  for (int32_t attempt = 1;; ++attempt) {
    RCML_TRY(const auto source, broker::open_source(options));
    RCML_TRY(const Begins begins, begins_of(*source));
    audit::Report found = report;
    Status status = audit::check_offsets(*source, tables, wanted, found);
    const bool is_sound = status.ok() && found.is_ok();
    const auto begins_now = is_sound ? Result<Begins>(begins) : begins_of(*source);
    if (!begins_now.ok() || *begins_now == begins || attempt == kAttemptsMax) {
      report = std::move(found);
      return status;
    }
  }
}

Status audit_warehouse(const Settings& settings, const lake::LakeTables* tables, audit::Report& report) {
  RCML_TRY(const auto warehouse, warehouse::open_warehouse(warehouse_options(settings)));
  if (tables != nullptr) RCML_OK(audit::check_files(*tables, *warehouse, settings.is_on("audit.full"), report));
  if (settings.has("audit.truth")) RCML_OK(audit::check_truth(settings.text("audit.truth"), *warehouse, report));
  return {};
}

// By a rename, so that a reader sees the whole report or the one before.
Status write_report(const std::string& path, const std::string& json) {
  const std::string temporary = path + ".tmp";
  std::ofstream file(temporary, std::ios::binary);
  file << json;
  file.close();
  if (!file.good() || std::rename(temporary.c_str(), path.c_str()) != 0) return os_error("write", path);
  return {};
}

// "auto" is where the page looks for it: beside a DuckDB warehouse. Empty: nowhere.
std::string report_path(const Settings& settings) {
  std::string path = settings.text("audit.report");
  if (path != "auto") return path;
  const auto url = warehouse::parse_warehouse_url(settings.text("warehouse"));
  if (!url.ok() || url->target != warehouse::Target::duckdb) return {};
  std::string file = url->file;
  if (file.ends_with(".duckdb")) file.resize(file.size() - std::string_view(".duckdb").size());
  return file + ".audit.json";
}

Result<int> run(const Settings& settings) {
  const bool has_log = settings.has("source.from");
  const bool has_warehouse = settings.has("warehouse");
  const bool has_truth = settings.has("audit.truth");
  if (!has_truth || has_log) RCML_OK(require(settings, {"lake"}));
  if (has_truth) RCML_OK(require(settings, {"warehouse"}));
  audit::Report report;
  lake::LakeTables tables;
  if (settings.has("lake")) {
    RCML_TRY(tables, lake::open_lake(settings.text("lake")));
  }
  if (has_log) RCML_OK(audit_log(settings, tables, report));
  if (has_warehouse) RCML_OK(audit_warehouse(settings, tables.clicks ? &tables : nullptr, report));
  const std::string text = settings.is_on("audit.json") ? audit::to_json(report) : audit::to_text(report);
  std::fputs(text.c_str(), stdout);
  if (const std::string path = report_path(settings); !path.empty())
    RCML_OK(write_report(path, audit::to_json(report)));
  return report.is_ok() ? 0 : exit_code(ErrorKind::needs_person);
}

}  // namespace

Command audit_command() {
  return {
      {"audit", "Prove that each event is counted exactly once; exit 4 and the exact place otherwise", "",
       "rcml audit --from spool:var/spool --lake var/lake\n"
       "rcml audit --from spool:var/spool --lake var/lake --warehouse duckdb:var/clicks.duckdb --truth var/truth --json",
       ""},
      run};
}

}  // namespace rcml::cli
