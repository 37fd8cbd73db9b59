// cli/load_plan.h: which files of the lake's log are to be loaded, and in which batches. Pure.
//
// Only what a stream committed counts (dataChange=true). A file that compaction wrote holds rows that are loaded, or
// will be, under the names of the originals. When compaction was faster than the loader, the dates concerned are loaded
// again as a whole from the live files, since vacuum may have removed the originals; the ledger still names those.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/delta/table.h"
#include "warehouse/warehouse.h"

namespace rcml::cli {

using ToLakeFile = std::function<warehouse::LakeFile(const lake::DataFile&, TableVersion)>;

struct LoadPlan {
  std::vector<warehouse::LakeFile> files;  // Originals in log order, those deleted again left out.
  std::set<std::string> rewritten;  // Paths that compaction replaced: their bytes may be gone.
  std::set<std::string> shrunk_dts;  // Dates from which rows were deleted on purpose after they were committed.
};

LoadPlan plan_load(const std::vector<lake::LogEntry>& log, const ToLakeFile& to_lake_file);

// Dates with a file that compaction replaced before it was loaded.
std::set<std::string> overtaken_dts(const LoadPlan& plan, const std::map<std::string, int64_t>& ledger);

struct BatchLimits {
  int64_t bytes_max;
  int64_t files_max;
};
// Neighbours in log order; a file above the limit is a batch of its own.
std::vector<std::vector<warehouse::LakeFile>> batches_of(const std::vector<warehouse::LakeFile>& files,
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

// Dates of the range that the lake or `loaded` (paths of the ledger) has rows of.
warehouse::Replacement plan_replacement(const DtRange& range, const std::vector<warehouse::LakeFile>& originals,
                                        const std::vector<warehouse::LakeFile>& live,
                                        const std::vector<std::string>& loaded);

}  // namespace rcml::cli
