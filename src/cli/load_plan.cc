#include "cli/load_plan.h"

#include <algorithm>

#include "core/clock.h"

namespace rcml::cli {
namespace {

using warehouse::LakeFile;

// "dt=2025-08-24/x.parquet" -> "2025-08-24"
std::string dt_of_path(const std::string& path) {
  if (!path.starts_with("dt=")) return {};
  return path.substr(3, path.find('/') - 3);
}

std::vector<LakeFile> within(const DtRange& range, const std::vector<LakeFile>& files) {
  std::vector<LakeFile> chosen;
  for (const LakeFile& file : files) {
    if (range.contains(file.dt)) chosen.push_back(file);
  }
  return chosen;
}

}  // namespace

LoadPlan plan_load(const std::vector<lake::LogEntry>& log, const ToLakeFile& to_lake_file) {
  LoadPlan plan;
  std::set<std::string> deleted;
  for (const lake::LogEntry& entry : log) {
    if (entry.is_add) continue;
    (entry.is_data_change ? deleted : plan.rewritten).insert(entry.file.path);
    if (entry.is_data_change) plan.shrunk_dts.insert(dt_of_path(entry.file.path));
  }
  for (const lake::LogEntry& entry : log) {
    if (!entry.is_add || !entry.is_data_change || deleted.contains(entry.file.path)) continue;
    plan.files.push_back(to_lake_file(entry.file, entry.version));
  }
  return plan;
}

std::set<std::string> overtaken_dts(const LoadPlan& plan, const std::map<std::string, int64_t>& ledger) {
  std::set<std::string> dts;
  for (const LakeFile& file : plan.files) {
    if (plan.rewritten.contains(file.path) && !ledger.contains(file.path)) dts.insert(file.dt);
  }
  return dts;
}

std::vector<std::vector<LakeFile>> batches_of(const std::vector<LakeFile>& files, const BatchLimits& limits) {
  std::vector<std::vector<LakeFile>> batches;
  int64_t bytes = 0;
  for (const LakeFile& file : files) {
    const bool is_full = !batches.empty() && (bytes + file.bytes > limits.bytes_max ||
                                              static_cast<int64_t>(batches.back().size()) >= limits.files_max);
    if (batches.empty() || is_full) {
      batches.emplace_back();
      bytes = 0;
    }
    batches.back().push_back(file);
    bytes += file.bytes;
  }
  return batches;
}

Result<DtRange> parse_dt_range(const std::string& text) {
  if (text == "all") return DtRange::all();
  const size_t dots = text.find("..");
  const DtRange range{text.substr(0, dots), dots == std::string::npos ? text : text.substr(dots + 2)};
  const bool is_valid =
      parse_dt(range.first).has_value() && parse_dt(range.last).has_value() && range.first <= range.last;
  if (!is_valid) {
    return bad_config("\"" + text + "\" is no range of dates",
                      "Write it as --replace-dt 2025-08-01..2025-08-31, one date, or all");
  }
  return range;
}

warehouse::Replacement plan_replacement(const DtRange& range, const std::vector<LakeFile>& originals,
                                        const std::vector<LakeFile>& live, const std::vector<std::string>& loaded) {
  warehouse::Replacement replacement;
  replacement.originals = within(range, originals);
  replacement.live = within(range, live);
  std::set<std::string> dts;
  for (const LakeFile& file : replacement.originals) dts.insert(file.dt);
  for (const LakeFile& file : replacement.live) dts.insert(file.dt);
  for (const std::string& path : loaded) {
    const std::string dt = dt_of_path(path);
    if (!dt.empty() && range.contains(dt)) dts.insert(dt);
  }
  replacement.dts.assign(dts.begin(), dts.end());
  return replacement;
}

}  // namespace rcml::cli
