// loader/plan.h: from what is missing to batches and replacements. Pure.
#pragma once

#include <string>
#include <vector>

#include "loader/compare.h"
#include "warehouse/warehouse.h"

namespace rcml::loader {

struct BatchLimits {
  int64_t bytes_max;
  int64_t files_max;
};
// Neighbours in order; a file above the limit is a batch of its own.
std::vector<std::vector<lake::DataFile>> batches_of(const std::vector<lake::DataFile>& files,
                                                    const BatchLimits& limits);

struct DtRange {
  std::string first;
  std::string last;
  static DtRange all() { return {"0000-01-01", "9999-12-31"}; }
  bool operator==(const DtRange&) const = default;
  bool contains(const std::string& dt) const { return first <= dt && dt <= last; }
};
// "2025-08-01..2025-08-31", one date, or "all". bad_config otherwise.
Result<DtRange> parse_dt_range(const std::string& text);

// Dates that are loaded again in one transaction, with the live files of all of them.
struct DateGroup {
  std::vector<std::string> dts;
  std::vector<lake::DataFile> files;
};
// As many dates together as a batch may have files and bytes; a date above that is a group of its own.
std::vector<DateGroup> groups_of(const std::set<std::string>& dts, const lake::LiveFiles& live,
                                 const BatchLimits& limits);

// Dates of the range that the lake or the ledger has rows of.
std::set<std::string> dates_within(const DtRange& range, const Ledger& ledger, const lake::LiveFiles& live);

// What is to be done, in this order.
struct LoadPlan {
  std::set<std::string> again;  // Dates to replace.
  std::vector<lake::DataFile> files;  // To load.
  std::set<std::string> merged_away;  // Keys of those among them that are live no longer: their bytes may be gone.
  std::vector<std::string> renamed_from;  // In the end these lines of the ledger
  std::vector<lake::DataFile> renamed_to;  // are named like these.
  int64_t row_count() const;  // Of the files to load.
};
// A date that nothing explains is loaded again: that is always right.
LoadPlan plan_load(const std::map<std::string, DateDifference>& differences);

// The plan's new names in transactions of some thousand lines; a date is never cut.
struct DateNames {
  std::vector<std::string> dts;
  std::vector<std::string> from;
  std::vector<lake::DataFile> to;
};
std::vector<DateNames> renamings_of(const LoadPlan& plan, size_t lines_max);

// The plan without dates that have a file in `gone`; they are loaded again from what is live.
LoadPlan without_gone(LoadPlan plan, const std::set<std::string>& gone);

// What the plan takes for granted about the dates of these files.
warehouse::LedgerView view_of(const std::vector<lake::DataFile>& batch, const LoadPlan& plan, const Ledger& ledger);

}  // namespace rcml::loader
