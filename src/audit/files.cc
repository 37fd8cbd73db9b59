#include "audit/files.h"

#include <algorithm>
#include <map>
#include <set>

#include "audit/new_files.h"
#include "core/log.h"
#include "loader/comparison.h"

namespace rcml::audit {
namespace {

Result<LakeSide> lake_side(const lake::Table& table, TableVersion loaded) {
  LakeSide side;
  RCML_TRY(const std::vector<lake::DataFile> live, table.live_files());
  side.live = lake::by_key(live);
  for (const lake::DataFile& file : live) side.rows += file.row_count;
  const auto entries = table.log(TableVersion(loaded.value + 1));
  if (!entries.ok() && entries.error().kind != ErrorKind::corrupt) return entries.error();
  side.is_history_gone = !entries.ok();
  if (entries.ok()) note_newer(*entries, loaded, side);
  return side;
}

struct WarehouseSide {
  warehouse::Watermark watermark;
  std::map<std::string, int64_t> ledger;
  std::map<std::string, int64_t> rows;  // By date.
  bool operator==(const WarehouseSide&) const = default;
};

void note_origin(const lake::Table& table, const warehouse::Watermark& mark, const std::string& name,
                 FileAccount& account, Report& report) {
  const std::string& id = mark.table_id;
  if (id.empty() || id == table.id()) return;  // rcml 0.1 kept none.
  ++account.wrong;
  add_finding(report, "files." + name,
              "raw." + name + " was loaded from the table with the id " + id + ", the table at " +
                  table.location().url() + " has the id " + table.id());
}

// Ledger against live files, name by name, where both name the same.
void compare_rows(const LakeSide& side, const std::map<std::string, int64_t>& ledger, const std::string& check,
                  FileAccount& account, Report& report) {
  for (const auto& [key, rows] : ledger) {
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

int64_t sum_of(const std::map<std::string, int64_t>& rows) {
  int64_t sum = 0;
  for (const auto& [dt, count] : rows) sum += count;
  return sum;
}

Result<WarehouseSide> look_at(warehouse::Warehouse& warehouse, warehouse::RawTable raw) {
  WarehouseSide side;
  RCML_TRY(side.watermark, warehouse.watermark(raw));
  RCML_TRY(side.ledger, warehouse.ledger(raw));
  RCML_TRY(side.rows, warehouse.row_totals(raw));
  return side;
}

// The rows of each date against the ledger's lines of it.
void compare_dates(const WarehouseSide& loaded, const std::map<std::string, warehouse::DateTotals>& totals,
                   const std::string& name, const std::string& check, FileAccount& account, Report& report) {
  std::map<std::string, int64_t> expected = rows_of(totals);
  for (const auto& [dt, rows] : loaded.rows) expected.try_emplace(dt, 0);
  for (const auto& [dt, rows] : expected) {
    const auto found = loaded.rows.find(dt);
    const int64_t there = found == loaded.rows.end() ? 0 : found->second;
    if (there == rows) continue;
    ++account.wrong;
    add_finding(report, check,
                "raw." + name + " has " + std::to_string(there) + " rows of " + dt + ", the ledger says " +
                    std::to_string(rows) + "; this puts that right: rcml load --replace-dt " + dt);
  }
}

Result<warehouse::LoadProof> check_everything(const TableAudit& audit, Report& report) {
  RCML_TRY(const WarehouseSide loaded, settled([&] { return look_at(audit.warehouse, audit.raw); }));
  // After the warehouse, so that no file was loaded that is not seen here.
  RCML_OK(audit.table.refresh());
  const TableVersion version = loaded.watermark.version;
  RCML_TRY(const LakeSide side, lake_side(audit.table, version));
  RCML_TRY(const auto dates, loader::differences_now(audit.table, loaded.ledger, side.live, version));
  FileAccount account;
  note_origin(audit.table, loaded.watermark, audit.name(), account, report);
  compare_rows(side, loaded.ledger, audit.check(), account, report);
  note_dates(dates, side, version, audit.check(), account, report);
  // The lake's rows can be added up only while no date waits to be loaded again.
  const bool is_lake_even = account.dates_to_come > 0 || side.rows == account.rows + account.rows_to_come;
  const int64_t rows_there = sum_of(loaded.rows);
  const bool rows_agree = rows_there == account.rows && is_lake_even;
  auto totals = totals_by_date(loaded.ledger);
  compare_dates(loaded, totals, audit.name(), audit.check(), account, report);
  if (!rows_agree) {
    add_finding(report, audit.check(),
                "rows: " + std::to_string(side.rows) + " in the lake's live files, " + std::to_string(account.rows) +
                    " by the ledger, " + std::to_string(rows_there) + " in the warehouse, " +
                    std::to_string(account.rows_to_come) + " still to load");
  }
  report.checks.push_back({audit.check(), account.wrong == 0 && rows_agree, summary_of(account, audit.name())});
  return proof_of(audit, loaded.watermark, std::move(totals));
}

// Who may not write to the warehouse compares everything each time. rcml 0.1 did not say which table it loaded.
void keep(const TableAudit& audit, const warehouse::LoadProof& proof) {
  if (proof.table_id.empty()) return;
  if (const Status kept = audit.warehouse.keep_load_proof(audit.raw, proof); !kept.ok())
    log_warn("what was proven cannot be kept in the warehouse, so the next audit compares everything again",
             {{"table", "raw." + audit.name()}, {"error", kept.error().message}});
}

Status check_table(const TableAudit& audit, bool is_full, Report& report) {
  std::optional<warehouse::LoadProof> before;
  std::optional<warehouse::LoadProof> now;
  if (!is_full) {
    auto kept = audit.warehouse.load_proof(audit.raw);
    if (kept.ok()) before = *std::move(kept);
    else
      log_warn("what was proven cannot be read in the warehouse, so everything is compared",
               {{"table", "raw." + audit.name()}, {"error", kept.error().message}});
  }
  if (before) {
    RCML_TRY(now, check_new(audit, *before, report));
  }
  if (now) {
    report.notes.push_back(audit.check() + ": proven up to version " + std::to_string(before->version.value) +
                           " before; what changed since was compared now (--full compares everything)");
    if (now->version != before->version) keep(audit, *now);
    return {};
  }
  RCML_TRY(now, check_everything(audit, report));
  if (report.checks.back().is_ok) keep(audit, *now);
  return {};
}

}  // namespace

Status check_files(const lake::LakeTables& tables, warehouse::Warehouse& warehouse, bool is_full, Report& report) {
  RCML_OK(check_table({*tables.clicks, warehouse, warehouse::RawTable::clicks}, is_full, report));
  return check_table({*tables.rejects, warehouse, warehouse::RawTable::rejects}, is_full, report);
}

}  // namespace rcml::audit
