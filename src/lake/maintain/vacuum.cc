#include "lake/maintain/vacuum.h"

#include <algorithm>
#include <optional>

#include "core/clock.h"
#include "core/log.h"
#include "lake/delta/uploads.h"
#include "lake/store/disk_file.h"

namespace rcml::lake {
namespace {

constexpr std::string_view kLogFolder = "_delta_log/";
constexpr Millis kOrphanAgeMin{3'600'000};

// Version of "_delta_log/00000000000000000042.json", ".checkpoint.parquet", ".crc"; nullopt for anything else there.
std::optional<int64_t> version_of(const std::string& path) {
  constexpr size_t kDigits = 20;
  if (!path.starts_with(kLogFolder) || path.size() < kLogFolder.size() + kDigits + 1) return std::nullopt;
  const std::string digits = path.substr(kLogFolder.size(), kDigits);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return path[kLogFolder.size() + kDigits] == '.' ? std::optional<int64_t>(std::stoll(digits)) : std::nullopt;
}

bool is_commit(const std::string& path) { return path.size() == kLogFolder.size() + 25 && path.ends_with(".json"); }
bool is_checkpoint(const std::string& path) { return path.find(".checkpoint.") != std::string::npos; }
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
    const auto version = version_of(file.path);
    if (!version || !is_commit(file.path) || file.modified_at_ms < now_ms - age_min.value) continue;
    oldest_young = std::min(oldest_young.value_or(*version), *version);
  }
  if (!oldest_young) return kept;
  RCML_TRY(const std::vector<LogEntry> entries, table.log(TableVersion(*oldest_young)));
  for (const LogEntry& entry : entries) kept.insert(entry.file.path);
  return kept;
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

std::vector<StoredFile> superfluous_log(const std::vector<StoredFile>& stored, int64_t now_ms, Millis age_min) {
  std::set<int64_t> old_commits;
  for (const StoredFile& file : stored) {
    const auto version = version_of(file.path);
    if (version && is_commit(file.path) && file.modified_at_ms < now_ms - age_min.value) old_commits.insert(*version);
  }
  int64_t keep_from = -1;
  for (const StoredFile& file : stored) {
    const auto version = version_of(file.path);
    if (version && is_checkpoint(file.path) && old_commits.contains(*version))
      keep_from = std::max(keep_from, *version);
  }
  std::vector<StoredFile> found;
  for (const StoredFile& file : stored) {
    const auto version = version_of(file.path);
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
  report.log_files = superfluous_log(stored, now_ms, options.log_age_min);
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
