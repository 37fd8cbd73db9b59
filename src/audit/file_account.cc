#include "audit/file_account.h"

#include "audit/log_proof.h"
#include "core/fnv1a.h"

namespace rcml::audit {
namespace {

// Notes the files of a date whose ledger names live files, or files that were merged into them.
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

// Notes a date that the next load would bring in again.
void note_date(const std::string& dt, const LakeSide& side, TableVersion loaded, const std::string& check,
               FileAccount& account, Report& report) {
  if (side.is_history_gone || side.shrunk.contains(dt)) {
    ++account.dates_to_come;
    return;
  }
  ++account.wrong;
  add_finding(report, check,
              "the rows of " + dt + " are not those that the lake holds, though all up to version " +
                  std::to_string(loaded.value) + " should be; this puts that right: rcml load --replace-dt " + dt);
}

}  // namespace

std::string label(const std::string& key, const lake::DataFile& file) {
  return key + " (" + std::to_string(file.row_count) + " rows)";
}

void note_newer(const std::vector<lake::LogEntry>& entries, TableVersion loaded, LakeSide& side) {
  for (const lake::LogEntry& entry : entries) {
    if (entry.version <= loaded) continue;
    const std::string key = lake::live_key(entry.file);
    entry.is_add ? side.newer.insert(key) : side.shrunk.insert(lake::dt_of_key(key));
  }
}

std::string summary_of(const FileAccount& account, const std::string& name) {
  std::string summary = std::to_string(account.files) + " files with " + std::to_string(account.rows) +
                        " rows in lake, ledger and raw." + name + "; " + std::to_string(account.files_to_come) +
                        " files with " + std::to_string(account.rows_to_come) + " rows still to load";
  if (account.dates_to_come > 0)
    summary += "; " + std::to_string(account.dates_to_come) + " dates whose rows changed since, to load again";
  return summary;
}

void note_dates(const std::map<std::string, loader::DateDifference>& dates, const LakeSide& side, TableVersion loaded,
                const std::string& check, FileAccount& account, Report& report) {
  for (const auto& [dt, date] : dates) {
    if (date.need == loader::DateNeed::files) note_files(date, side, loaded, check, account, report);
    else note_date(dt, side, loaded, check, account, report);
  }
}

int64_t key_hash(const std::string& key) { return static_cast<int64_t>(fnv1a(key)); }

std::map<std::string, warehouse::DateTotals> totals_by_date(const std::map<std::string, int64_t>& ledger) {
  std::map<std::string, warehouse::DateTotals> dates;
  for (const auto& [key, rows] : ledger) {
    warehouse::DateTotals& totals = dates[lake::dt_of_key(key)];
    ++totals.files;
    totals.rows += rows;
    totals.keys ^= key_hash(key);
  }
  return dates;
}

std::map<std::string, int64_t> rows_of(const std::map<std::string, warehouse::DateTotals>& totals) {
  std::map<std::string, int64_t> rows;
  for (const auto& [dt, one] : totals) {
    if (one.rows > 0) rows[dt] = one.rows;
  }
  return rows;
}

warehouse::LoadProof proof_of(const TableAudit& audit, const warehouse::Watermark& mark,
                              std::map<std::string, warehouse::DateTotals> dates) {
  return {mark.version, mark.table_id, commit_digest(audit.table, mark.version), std::move(dates)};
}

}  // namespace rcml::audit
