#include "audit/files.h"

#include <algorithm>
#include <map>
#include <set>

namespace rcml::audit {
namespace {

struct LakeSide {
  std::map<std::string, lake::LogEntry> originals;  // Files that a stream committed, by path.
  int64_t live_rows = 0;
};

Result<LakeSide> lake_side(const lake::Table& table) {
  LakeSide side;
  RCML_TRY(const std::vector<lake::LogEntry> log, table.log(TableVersion(0)));
  for (const lake::LogEntry& entry : log) {
    if (entry.is_add && entry.is_data_change) side.originals.emplace(entry.file.path, entry);
  }
  RCML_TRY(const std::vector<lake::DataFile> live, table.live_files());
  for (const lake::DataFile& file : live) side.live_rows += file.row_count;
  return side;
}

struct FileAccount {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t wrong = 0;
  int64_t files_to_come = 0;
  int64_t rows_to_come = 0;
};

FileAccount compare(const LakeSide& side, const std::map<std::string, int64_t>& ledger, const std::string& check,
                    Report& report) {
  FileAccount account;
  TableVersion newest_loaded(-1);
  for (const auto& [path, entry] : side.originals) {
    if (ledger.contains(path)) newest_loaded = std::max(newest_loaded, entry.version);
  }
  for (const auto& [path, entry] : side.originals) {
    const auto loaded = ledger.find(path);
    if (loaded == ledger.end() && entry.version > newest_loaded) {
      ++account.files_to_come;
      account.rows_to_come += entry.file.row_count;
    } else if (loaded == ledger.end()) {
      ++account.wrong;
      add_finding(report, check,
                  path + " (" + std::to_string(entry.file.row_count) + " rows, version " +
                      std::to_string(entry.version.value) + ") was never loaded, though newer files were");
    } else {
      ++account.files;
      account.rows += loaded->second;
      if (loaded->second == entry.file.row_count) continue;
      ++account.wrong;
      add_finding(report, check,
                  path + ": " + std::to_string(entry.file.row_count) + " rows in the lake, " +
                      std::to_string(loaded->second) + " loaded");
    }
  }
  for (const auto& [path, rows] : ledger) {
    if (side.originals.contains(path)) continue;
    ++account.wrong;
    add_finding(report, check,
                path + " (" + std::to_string(rows) + " rows) was loaded, but the lake never committed it");
  }
  return account;
}

Status check_table(const lake::Table& table, warehouse::Warehouse& warehouse, warehouse::RawTable raw,
                   const std::string& name, Report& report) {
  const std::string check = "files." + name;
  RCML_TRY(const LakeSide side, lake_side(table));
  RCML_TRY(const auto ledger, warehouse.ledger(raw));
  RCML_TRY(const int64_t raw_rows, warehouse.row_count(raw));
  const FileAccount account = compare(side, ledger, check, report);
  const bool rows_agree = raw_rows == account.rows && side.live_rows == account.rows + account.rows_to_come;
  if (!rows_agree) {
    add_finding(report, check,
                "rows: " + std::to_string(side.live_rows) + " in the lake's live files, " +
                    std::to_string(account.rows) + " by the ledger, " + std::to_string(raw_rows) +
                    " in the warehouse, " + std::to_string(account.rows_to_come) + " still to load");
  }
  report.checks.push_back({check, account.wrong == 0 && rows_agree,
                           std::to_string(account.files) + " files with " + std::to_string(account.rows) +
                               " rows in lake, ledger and raw." + name + "; " + std::to_string(account.files_to_come) +
                               " files with " + std::to_string(account.rows_to_come) + " rows still to load"});
  return {};
}

}  // namespace

Status check_files(const lake::LakeTables& tables, warehouse::Warehouse& warehouse, Report& report) {
  RCML_OK(check_table(*tables.clicks, warehouse, warehouse::RawTable::clicks, "raw_clicks", report));
  return check_table(*tables.rejects, warehouse, warehouse::RawTable::rejects, "raw_rejects", report);
}

}  // namespace rcml::audit
