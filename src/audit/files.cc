#include "audit/files.h"

#include <algorithm>
#include <map>
#include <set>

namespace rcml::audit {
namespace {

constexpr int kLooksMax = 10;

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

struct WarehouseSide {
  TableVersion watermark;
  std::map<std::string, int64_t> ledger;
  int64_t rows = 0;
};

struct FileAccount {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t wrong = 0;
  int64_t files_to_come = 0;
  int64_t rows_to_come = 0;
};

FileAccount compare(const LakeSide& side, const WarehouseSide& warehouse, const std::string& check, Report& report) {
  FileAccount account;
  const std::map<std::string, int64_t>& ledger = warehouse.ledger;
  for (const auto& [path, entry] : side.originals) {
    const auto loaded = ledger.find(path);
    if (loaded == ledger.end() && entry.version > warehouse.watermark) {
      ++account.files_to_come;
      account.rows_to_come += entry.file.row_count;
    } else if (loaded == ledger.end()) {
      ++account.wrong;
      add_finding(report, check,
                  path + " (" + std::to_string(entry.file.row_count) + " rows, version " +
                      std::to_string(entry.version.value) + ") was never loaded, though all up to version " +
                      std::to_string(warehouse.watermark.value) + " should be");
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

Result<WarehouseSide> look_at(warehouse::Warehouse& warehouse, warehouse::RawTable raw) {
  WarehouseSide side;
  RCML_TRY(side.watermark, warehouse.watermark(raw));
  RCML_TRY(side.ledger, warehouse.ledger(raw));
  RCML_TRY(side.rows, warehouse.row_count(raw));
  return side;
}

// As it was at one moment: a load may commit between two questions, and is asked about again then.
Result<WarehouseSide> warehouse_side(warehouse::Warehouse& warehouse, warehouse::RawTable raw) {
  RCML_TRY(WarehouseSide side, look_at(warehouse, raw));
  for (int look = 1; look < kLooksMax; ++look) {
    RCML_TRY(WarehouseSide again, look_at(warehouse, raw));
    const bool is_still = again.watermark == side.watermark && again.ledger == side.ledger && again.rows == side.rows;
    side = std::move(again);
    if (is_still) break;
  }
  return side;
}

Status check_table(lake::Table& table, warehouse::Warehouse& warehouse, warehouse::RawTable raw,
                   const std::string& name, Report& report) {
  const std::string check = "files." + name;
  RCML_TRY(const WarehouseSide loaded, warehouse_side(warehouse, raw));
  // After the warehouse, so that no file was loaded that is not seen here.
  RCML_TRY([[maybe_unused]] const TableVersion version, table.refresh());
  RCML_TRY(const LakeSide side, lake_side(table));
  const FileAccount account = compare(side, loaded, check, report);
  const bool rows_agree = loaded.rows == account.rows && side.live_rows == account.rows + account.rows_to_come;
  if (!rows_agree) {
    add_finding(report, check,
                "rows: " + std::to_string(side.live_rows) + " in the lake's live files, " +
                    std::to_string(account.rows) + " by the ledger, " + std::to_string(loaded.rows) +
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
