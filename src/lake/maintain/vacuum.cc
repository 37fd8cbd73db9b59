#include "lake/maintain/vacuum.h"

#include <algorithm>
#include <optional>

#include "core/clock.h"
#include "core/log.h"
#include "lake/delta/uploads.h"
#include "lake/store/disk_file.h"

namespace rcml::lake {
namespace {

constexpr Millis kOrphanAgeMin{3'600'000};

// Also what a killed writer on a local disk left of one (part_name).
bool is_data(const std::string& path) {
  return path.starts_with("dt=") && (path.ends_with(".parquet") || path.ends_with(part_name(".parquet")));
}

// Paths that commits younger than `age_min` name, and live ones.
Result<std::set<std::string>> kept_paths(Table& table, const std::vector<StoredFile>& stored, int64_t now_ms,
                                         Millis age_min) {
  std::set<std::string> kept;
  RCML_TRY(const std::vector<DataFile> live, table.live_files());
  for (const DataFile& file : live) kept.insert(file.path);
  std::optional<int64_t> oldest_young;
  for (const StoredFile& file : stored) {
    const auto version = history_version(file.path);
    if (!version || !is_commit(file.path) || file.modified_at_ms < now_ms - age_min.value) continue;
    oldest_young = std::min(oldest_young.value_or(*version), *version);
  }
  if (!oldest_young) return kept;
  RCML_TRY(const std::vector<LogEntry> entries, table.log(TableVersion(*oldest_young)));
  for (const LogEntry& entry : entries) kept.insert(entry.file.path);
  return kept;
}

// Version of the newest checkpoint that can be read whole; 0, which makes nothing superfluous, when there is none.
Result<int64_t> newest_that_holds(const Location& table, const std::vector<Checkpoint>& checkpoints) {
  for (auto checkpoint = checkpoints.rbegin(); checkpoint != checkpoints.rend(); ++checkpoint) {
    Status status = check_checkpoint(table, *checkpoint);
    if (status.ok()) return checkpoint->version;
    if (status.error().kind != ErrorKind::corrupt) return status.take_error();
    log_warn("a checkpoint cannot be used, so the log before it stays",
             {{"version", checkpoint->version}, {"error", status.error().text()}});
  }
  return 0;
}

Status remove_all(const Location& location, const std::vector<StoredFile>& files) {
  for (const StoredFile& file : files) RCML_OK(location.remove(file.path));
  return {};
}

}  // namespace

std::vector<StoredFile> orphans(const std::vector<StoredFile>& stored, const std::set<std::string>& kept,
                                int64_t now_ms, Millis age_min) {
  std::vector<StoredFile> found;
  for (const StoredFile& file : stored) {
    if (is_data(file.path) && !kept.contains(file.path) && file.modified_at_ms < now_ms - age_min.value)
      found.push_back(file);
  }
  return found;
}

std::vector<Checkpoint> old_checkpoints(const std::vector<StoredFile>& stored, int64_t now_ms, Millis age_min) {
  std::set<int64_t> old_commits;
  for (const StoredFile& file : stored) {
    if (is_commit(file.path) && file.modified_at_ms < now_ms - age_min.value)
      old_commits.insert(*history_version(file.path));
  }
  std::vector<Checkpoint> checkpoints = whole_checkpoints(stored);
  std::erase_if(checkpoints, [&](const Checkpoint& checkpoint) { return !old_commits.contains(checkpoint.version); });
  return checkpoints;
}

std::vector<StoredFile> superfluous_log(const std::vector<StoredFile>& stored, int64_t keep_from) {
  std::vector<StoredFile> found;
  for (const StoredFile& file : stored) {
    const auto version = history_version(file.path);
    if (version && *version < keep_from) found.push_back(file);
  }
  // Oldest first: a stop half-way leaves a log without a gap.
  std::sort(found.begin(), found.end(), [](const StoredFile& a, const StoredFile& b) { return a.path < b.path; });
  return found;
}

Result<VacuumReport> vacuum(Table& table, const VacuumOptions& options) {
  if (options.orphan_age_min < kOrphanAgeMin) {
    return bad_config("a vacuum age below one hour could sweep a file that is about to be committed", "Use 1h or more");
  }
  const int64_t now_ms = utc_now().value / 1000;
  // Listed before the log is read: a file committed in between is then in the log, never an orphan.
  RCML_TRY(const std::vector<StoredFile> stored, table.location().list(""));
  RCML_TRY([[maybe_unused]] const TableVersion version, table.refresh());
  RCML_TRY(const std::set<std::string> kept, kept_paths(table, stored, now_ms, options.orphan_age_min));
  VacuumReport report;
  report.data_files = orphans(stored, kept, now_ms, options.orphan_age_min);
  RCML_TRY(const int64_t keep_from,
           newest_that_holds(table.location(), old_checkpoints(stored, now_ms, options.log_age_min)));
  report.log_files = superfluous_log(stored, keep_from);
  RCML_TRY(report.uploads, stale_uploads(table.location(), now_ms - options.orphan_age_min.value,
                                         options.is_dry_run ? StaleUploads::list : StaleUploads::abort));
  if (options.is_dry_run) return report;
  RCML_OK(remove_all(table.location(), report.data_files));
  RCML_OK(remove_all(table.location(), report.log_files));
  log_info("vacuum done", {{"table", table.location().url()},
                           {"data_files", report.data_files.size()},
                           {"log_files", report.log_files.size()},
                           {"uploads", report.uploads.size()}});
  return report;
}

}  // namespace rcml::lake
