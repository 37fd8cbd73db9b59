// audit/file_account.h: what both comparisons of lake and warehouse keep account of. Pure, but for what is passed in.
#pragma once

#include <map>
#include <set>
#include <string>

#include "audit/report.h"
#include "lake/table_history.h"
#include "loader/comparison.h"
#include "warehouse/warehouse.h"

namespace rcml::audit {

inline constexpr int kLooksMax = 10;

// One raw table and the lake's table that it comes from.
struct TableAudit {
  lake::Table& table;
  warehouse::Warehouse& warehouse;
  warehouse::RawTable raw;
  std::string name() const { return loader::name_of(raw); }
  std::string check() const { return "files." + name(); }
};

struct LakeSide {
  lake::LiveFiles live;
  int64_t rows = 0;
  std::set<std::string> newer;  // Keys of files that were added after the last load, and
  std::set<std::string> shrunk;  // dates that lost files since.
  bool is_history_gone = false;  // It does not go back to the last load: then any file may be newer.

  bool is_newer(const std::string& key) const { return is_history_gone || newer.contains(key); }
};

void note_newer(const std::vector<lake::LogEntry>& entries, TableVersion loaded, LakeSide& side);

struct FileAccount {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t wrong = 0;
  int64_t files_to_come = 0;
  int64_t rows_to_come = 0;
  int64_t dates_to_come = 0;  // Their rows changed in the lake after the last load.
};

// Notes what the dates lack, or hold beyond the lake: to come when it is newer than the last load, wrong otherwise.
void note_dates(const std::map<std::string, loader::DateDifference>& dates, const LakeSide& side, TableVersion loaded,
                const std::string& check, FileAccount& account, Report& report);

std::string label(const std::string& key, const lake::DataFile& file);
std::string summary_of(const FileAccount& account, const std::string& name);

// The ledger's lines by date, with the digest of their keys.
std::map<std::string, warehouse::DateTotals> totals_by_date(const std::map<std::string, int64_t>& ledger);
// Hash of a file's key. DateTotals::keys is the XOR of a date's hashes.
int64_t key_hash(const std::string& key);
// Dates that have rows.
std::map<std::string, int64_t> rows_of(const std::map<std::string, warehouse::DateTotals>& totals);

// The state of the warehouse that a check looked at.
warehouse::LoadProof proof_of(const TableAudit& audit, const warehouse::Watermark& mark,
                              std::map<std::string, warehouse::DateTotals> dates);

// Looks until two looks in a row agree, because a load may commit in the middle of one.
template <class Look>
auto settled(const Look& look) -> decltype(look()) {
  RCML_TRY(auto side, look());
  for (int looks = 1; looks < kLooksMax; ++looks) {
    RCML_TRY(auto again, look());
    const bool is_still = again == side;
    side = std::move(again);
    if (is_still) break;
  }
  return side;
}

}  // namespace rcml::audit
