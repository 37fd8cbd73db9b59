#include "lake/maintain/compact.h"

#include <algorithm>
#include <map>
#include <utility>

#include "core/crash_point.h"
#include "core/log.h"
#include "core/stop.h"
#include "lake/file_name.h"
#include "lake/maintain/merge_files.h"
#include "lake/table_history.h"

namespace rcml::lake {
namespace {

constexpr int kCommitTriesMax = 100;  // Beside a busy stream many versions go by.

std::string dt_of_file(const DataFile& file) {
  const auto dt = file.partition_values.find("dt");
  return dt == file.partition_values.end() ? "" : dt->second;
}

// By path and deletion vector: rows that somebody deleted after they were copied must not come back.
Result<bool> are_live(const Table& table, const std::vector<DataFile>& files) {
  RCML_TRY(const std::vector<DataFile> now, table.live_files());
  const LiveFiles live = by_key(now);
  return std::ranges::all_of(files, [&](const DataFile& file) { return live.contains(live_key(file)); });
}

// True when the swap is in the log, false when its files were replaced or rows of them deleted by somebody else first.
// The table stands at the version that the next attempt builds upon whenever it is looked at here.
Result<bool> commit_swap(Table& table, const CommitRequest& request, const CompactGroup& group) {
  for (int attempt = 0; attempt < kCommitTriesMax; ++attempt) {
    // After an unknown outcome our own file in the log is the mark that it went through.
    RCML_TRY(const bool is_ours, are_live(table, request.adds));
    if (is_ours) return true;
    RCML_TRY(const bool is_possible, are_live(table, group));
    if (!is_possible) return false;
    RCML_TRY(const Committed done, table.commit(request));
    if (done.outcome == CommitOutcome::committed) return true;
    RCML_TRY([[maybe_unused]] const TableVersion version, table.refresh());
  }
  return unavailable("compaction of " + table.location().url() + " lost the race for a version " +
                         std::to_string(kCommitTriesMax) + " times",
                     "Nothing was replaced; run it again when fewer writers are busy");
}

Status compact_group(Table& table, const std::vector<FileColumn>& columns, const CompactGroup& group,
                     CompactReport& report) {
  RCML_TRY(const DataFile merged,
           merge_files(table, group, columns, table.location(),
                       merged_file_path(dt_of_file(group.front()), log_of_file(group.front().path))));
  CommitRequest request;
  request.adds = {merged};
  for (const DataFile& file : group) request.removes.push_back(file.path);
  request.is_data_change = false;
  request.operation = "OPTIMIZE";
  crash_point("compact.commit");
  RCML_TRY(const bool is_done, commit_swap(table, request, group));
  if (!is_done) {
    ++report.groups_dropped;  // The merged file has no name in the log; vacuum takes it.
    return {};
  }
  report.files_before += static_cast<int64_t>(group.size());
  report.files_after += 1;
  report.rows += merged.row_count;
  log_info("compaction done", {{"version", table.version().value},
                               {"dt", dt_of_file(group.front())},
                               {"files", group.size()},
                               {"rows", merged.row_count},
                               {"bytes", merged.bytes}});
  return {};
}

}  // namespace

std::vector<CompactGroup> plan_compaction(std::vector<DataFile> live, const CompactOptions& options) {
  std::sort(live.begin(), live.end(), [](const DataFile& a, const DataFile& b) { return a.path < b.path; });
  // Files of different logs stay apart: their positions mean different events.
  using Kind = std::pair<std::string, std::string>;
  std::map<Kind, std::vector<CompactGroup>> kinds;
  std::map<Kind, int64_t> open_bytes;
  for (DataFile& file : live) {
    const std::string dt = dt_of_file(file);
    if (dt.empty() || file.bytes >= options.file_bytes_min || (!options.dt.empty() && dt != options.dt)) continue;
    const Kind kind(dt, log_of_file(file.path));
    std::vector<CompactGroup>& groups = kinds[kind];
    if (groups.empty() || open_bytes[kind] + file.bytes > options.file_bytes_max) {
      groups.emplace_back();
      open_bytes[kind] = 0;
    }
    open_bytes[kind] += file.bytes;
    groups.back().push_back(std::move(file));
  }
  std::vector<CompactGroup> plan;
  for (auto& [kind, groups] : kinds) {
    for (CompactGroup& group : groups) {
      if (group.size() >= 2) plan.push_back(std::move(group));
    }
  }
  return plan;
}

Result<CompactReport> compact(Table& table, const std::vector<FileColumn>& columns, const CompactOptions& options) {
  RCML_OK(table.check_writable());
  RCML_TRY([[maybe_unused]] const TableVersion version, table.refresh());
  RCML_TRY(std::vector<DataFile> live, table.live_files());
  CompactReport report;
  for (const CompactGroup& group : plan_compaction(std::move(live), options)) {
    if (stop_requested()) break;
    RCML_OK(compact_group(table, columns, group, report));
  }
  return report;
}

}  // namespace rcml::lake
