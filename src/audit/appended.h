// audit/appended.h: what a table holds more than it did at an earlier version.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "audit/partition_walk.h"
#include "lake/delta/table.h"

namespace rcml::audit {

using PositionsByPartition = std::map<Partition, LakePositions>;

// Adds the positions of those files that may hold events of the log, by their names, to `found`.
Status read_files(const lake::Table& table, const std::vector<lake::DataFile>& files, const std::string& log_name,
                  PositionsByPartition& found, std::vector<int64_t> LakePositions::* list);

// Adds the positions of files that were added after `since`, and of that log by their names, to `found`. False when the
// table also changed otherwise, or cannot say: rows were removed or changed, the history does not reach back, or a merge
// of files changed their rows or its files are gone.
Result<bool> read_appended(const lake::Table& table, TableVersion since, const std::string& log_name,
                           PositionsByPartition& found, std::vector<int64_t> LakePositions::* list);

bool has_position_below(const LakePositions& positions, int64_t offset);

}  // namespace rcml::audit
