// lake/maintain/vacuum.h: removes data files that no version within the retention names, log entries that a
// checkpoint has made superfluous, and uploads that a killed writer never finished.
//
// Never removed: a live file; a file younger than `orphan_age_min` (it may be about to be committed); a file that a
// commit younger than that added or removed (a reader of an older version or a loader may still want it); a log entry,
// unless a later checkpoint was read from end to end before.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "lake/delta/table.h"
#include "lake/maintain/history_files.h"

namespace rcml::lake {

struct VacuumOptions {
  Millis orphan_age_min{7LL * 86'400'000};
  Millis log_age_min{30LL * 86'400'000};
  bool is_dry_run = false;
};

struct VacuumReport {
  std::vector<StoredFile> data_files;  // Removed, or to be removed on a dry run.
  std::vector<StoredFile> log_files;
  std::vector<std::string> uploads;  // Paths of the files they would have become.
};

// Pure. `stored` is everything under the table; `kept` the paths that must stay.
std::vector<StoredFile> orphans(const std::vector<StoredFile>& stored, const std::set<std::string>& kept,
                                int64_t now_ms, Millis age_min);

// Pure. Checkpoints without a missing part whose commit is older than `age_min`, oldest first.
std::vector<Checkpoint> old_checkpoints(const std::vector<StoredFile>& stored, int64_t now_ms, Millis age_min);

// Pure. Log files of versions below `keep_from`, whose checkpoint holds what they said.
std::vector<StoredFile> superfluous_log(const std::vector<StoredFile>& stored, int64_t keep_from);

// Refuses (bad_config) an orphan age below one hour: a slow writer's file would be swept before its commit.
Result<VacuumReport> vacuum(Table& table, const VacuumOptions& options);

}  // namespace rcml::lake
