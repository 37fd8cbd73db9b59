// loader/compare.h: what a warehouse lacks of a lake, by the names of files alone. Pure.
//
// On one side the ledger: which files' rows the warehouse holds. On the other the lake's state at a version: which files
// are live. Where the ledger names nothing but live files, the rest of the live files is what is missing, whatever
// happened before. Where it names others, the table's history tells why:
//   - they were merged into other files (a change that is none of data): the same rows have other names now;
//   - their rows were deleted or changed: the date must be loaded again;
//   - it does not tell, because its beginning is gone or not read: the date is unexplained.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/table_history.h"

namespace rcml::loader {

// Key of a file (lake::live_key) -> rows, as the warehouse's ledger has it.
using Ledger = std::map<std::string, int64_t>;

enum class DateNeed : uint8_t {
  files,  // Rows are missing, or have other names now, and that is all.
  again,  // The warehouse holds rows that the lake does not: the date is loaded again from its live files.
  unexplained,  // The history given does not say which of the two.
};

struct DateDifference {
  std::string dt;
  DateNeed need = DateNeed::files;
  std::vector<lake::DataFile> missing;  // Live files to load.
  // Files to load that are live no longer: a merge put their rows into one file with rows that are loaded.
  std::vector<lake::DataFile> merged_away;
  // Once all of those are loaded: lines of the ledger that are to be `renamed_to`.
  std::vector<std::string> renamed_from;
  std::vector<lake::DataFile> renamed_to;
};

// Only dates that need something, by date. `changes` are the newest of the table, up to the version of `live`; they are
// read for dates only where the ledger names files that are not live.
std::map<std::string, DateDifference> differences(const Ledger& ledger, const lake::LiveFiles& live,
                                                  const std::vector<lake::TableChange>& changes);

// The same from what changed alone, at a cost that follows the changes and not the table. `changes` are all since a
// version at which the ledger named exactly the live files, or since before it; `ledger` has the lines of their dates.
std::map<std::string, DateDifference> differences_since(const Ledger& ledger,
                                                        const std::vector<lake::TableChange>& changes);

// Whether a date's difference needs the history.
bool needs_history(const Ledger& ledger, const lake::LiveFiles& live);

bool has_unexplained(const std::map<std::string, DateDifference>& differences);

}  // namespace rcml::loader
