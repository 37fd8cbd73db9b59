#include "audit/files.h"

#include <algorithm>
#include <map>
#include <set>

#include "loader/comparison.h"

namespace rcml::audit {
namespace {

constexpr int kLooksMax = 10;

struct LakeSide {
  lake::LiveFiles live;
  int64_t rows = 0;
  std::set<std::string> newer;  // Keys of files that were added after the last load, and
  std::set<std::string> shrunk;  // dates that lost files since.
  bool is_history_gone = false;  // It does not go back to the last load: then any file may be newer.

  bool is_newer(const std::string& key) const { return is_history_gone || newer.contains(key); }
};

Result<LakeSide> lake_side(const lake::Table& table, TableVersion loaded) {
  LakeSide side;
  RCML_TRY(const std::vector<lake::DataFile> live, table.live_files());
  side.live = lake::by_key(live);
  for (const lake::DataFile& file : live) side.rows += file.row_count;
  const auto entries = table.log(TableVersion(loaded.value + 1));
  if (entries.ok()) {
    for (const lake::LogEntry& entry : *entries) {
      const std::string key = lake::live_key(entry.file);
      entry.is_add ? side.newer.insert(key) : side.shrunk.insert(lake::dt_of_key(key));
    }
    return side;
  }
  if (entries.error().kind != ErrorKind::corrupt) return entries.error();
  side.is_history_gone = true;
  return side;
}

struct WarehouseSide {
  warehouse::Watermark watermark;
  std::map<std::string, int64_t> ledger;
  int64_t rows = 0;
};

struct FileAccount {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t wrong = 0;
  int64_t files_to_come = 0;
  int64_t rows_to_come = 0;
  int64_t dates_to_come = 0;  // Their rows changed in the lake after the last load.
};

std::string label(const std::string& key, const lake::DataFile& file) {
  return key + " (" + std::to_string(file.row_count) + " rows)";
}

// Of a date whose ledger names live files, or files that were merged into them.
void note_files(const loader::DateDifference& date, const LakeSide& side, TableVersion loaded, const std::string& check,
                FileAccount& account, Report& report) {
  for (const auto* files : {&date.missing, &date.merged_away}) {
    for (const lake::DataFile& file : *files) {
      const std::string key = lake::live_key(file);
      if (side.is_newer(key)) {
        ++account.files_to_come;
        account.rows_to_come += lake::known_rows(file);
        continue;
      }
      ++account.wrong;
      add_finding(report, check,
                  label(key, file) + " was never loaded, though all up to version " + std::to_string(loaded.value) +
                      " should be");
    }
  }
}

// Of a date that a load would bring in again.
void note_date(const std::string& dt, const LakeSide& side, const WarehouseSide& warehouse, const std::string& check,
               FileAccount& account, Report& report) {
  if (side.is_history_gone || side.shrunk.contains(dt)) {
    ++account.dates_to_come;
    return;
  }
  ++account.wrong;
  add_finding(report, check,
              "the rows of " + dt + " are not those that the lake holds, though all up to version " +
                  std::to_string(warehouse.watermark.version.value) +
                  " should be; this puts that right: rcml load --replace-dt " + dt);
}

void note_origin(const lake::Table& table, const WarehouseSide& warehouse, const std::string& name,
                 FileAccount& account, Report& report) {
  const std::string& id = warehouse.watermark.table_id;
  if (id.empty() || id == table.id()) return;  // rcml 0.1 kept none.
  ++account.wrong;
  add_finding(report, "files." + name,
              "raw." + name + " was loaded from the table with the id " + id + ", the table at " +
                  table.location().url() + " has the id " + table.id());
}

// Ledger against live files, name by name, where both name the same.
void compare_rows(const LakeSide& side, const WarehouseSide& warehouse, const std::string& check, FileAccount& account,
                  Report& report) {
  for (const auto& [key, rows] : warehouse.ledger) {
    ++account.files;
    account.rows += rows;
    const auto live = side.live.find(key);
    if (live == side.live.end() || live->second.row_count == rows) continue;
    ++account.wrong;
    add_finding(
        report, check,
        key + ": " + std::to_string(live->second.row_count) + " rows in the lake, " + std::to_string(rows) + " loaded");
  }
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
  RCML_OK(table.refresh());
  RCML_TRY(const LakeSide side, lake_side(table, loaded.watermark.version));
  RCML_TRY(const auto dates, loader::differences_now(table, loaded.ledger, side.live, loaded.watermark.version));
  FileAccount account;
  note_origin(table, loaded, name, account, report);
  compare_rows(side, loaded, check, account, report);
  for (const auto& [dt, date] : dates) {
    if (date.need == loader::DateNeed::files) note_files(date, side, loaded.watermark.version, check, account, report);
    else note_date(dt, side, loaded, check, account, report);
  }
  // The lake's rows can be added up only while no date waits to be loaded again.
  const bool is_lake_even = account.dates_to_come > 0 || side.rows == account.rows + account.rows_to_come;
  const bool rows_agree = loaded.rows == account.rows && is_lake_even;
  if (!rows_agree) {
    add_finding(report, check,
                "rows: " + std::to_string(side.rows) + " in the lake's live files, " + std::to_string(account.rows) +
                    " by the ledger, " + std::to_string(loaded.rows) + " in the warehouse, " +
                    std::to_string(account.rows_to_come) + " still to load");
  }
  std::string summary = std::to_string(account.files) + " files with " + std::to_string(account.rows) +
                        " rows in lake, ledger and raw." + name + "; " + std::to_string(account.files_to_come) +
                        " files with " + std::to_string(account.rows_to_come) + " rows still to load";
  if (account.dates_to_come > 0)
    summary += "; " + std::to_string(account.dates_to_come) + " dates whose rows changed since, to load again";
  report.checks.push_back({check, account.wrong == 0 && rows_agree, std::move(summary)});
  return {};
}

}  // namespace

Status check_files(const lake::LakeTables& tables, warehouse::Warehouse& warehouse, Report& report) {
  RCML_OK(check_table(*tables.clicks, warehouse, warehouse::RawTable::clicks, "raw_clicks", report));
  return check_table(*tables.rejects, warehouse, warehouse::RawTable::rejects, "raw_rejects", report);
}

}  // namespace rcml::audit
