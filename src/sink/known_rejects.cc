#include "sink/known_rejects.h"

#include <algorithm>
#include <functional>
#include <map>

#include "lake/file_name.h"
#include "lake/parquet/file_stats.h"
#include "lake/parquet/reject_reader.h"

namespace rcml::sink {
namespace {

int64_t bytes_of(const contract::SourceEvent& event) {
  return event.full_bytes > 0 ? event.full_bytes : static_cast<int64_t>(event.bytes.size());
}

size_t hash_of(std::string_view bytes) { return std::hash<std::string_view>()(bytes); }

}  // namespace

bool may_hold(const lake::DataFile& file, const PositionWindows& windows) {
  const auto partitions = lake::bounds_in_stats(file.stats_json, "source_partition");
  const auto offsets = lake::bounds_in_stats(file.stats_json, "source_offset");
  if (!partitions || !offsets) return true;
  return std::any_of(windows.begin(), windows.end(), [&](const auto& window) {
    return window.first.value >= partitions->min() && window.first.value <= partitions->max() &&
           window.second.begin.value <= offsets->max() && window.second.end.value > offsets->min();
  });
}

bool KnownRejects::contains(Partition partition, const contract::SourceEvent& event) const {
  if (seen_.empty()) return false;
  const auto [begin, end] = seen_.equal_range({partition, event.offset});
  return std::any_of(begin, end, [&event](const auto& entry) {
    const Seen& seen = entry.second;
    return seen.event_bytes == bytes_of(event) && seen.raw_bytes <= event.bytes.size() &&
           seen.raw_hash == hash_of(event.bytes.substr(0, seen.raw_bytes));
  });
}

void KnownRejects::add(Partition partition, Offset offset, std::string_view raw, int64_t event_bytes) {
  seen_.emplace(std::pair(partition, offset), Seen{event_bytes, raw.size(), hash_of(raw)});
}

Result<std::shared_ptr<const KnownRejects>> read_known_rejects(const lake::Table& rejects, const std::string& log_name,
                                                               const Progress& clicks_progress,
                                                               const Progress& rejects_progress) {
  auto known = std::make_shared<KnownRejects>();
  PositionWindows windows;
  for (const auto& [partition, next] : rejects_progress.next) {
    const auto clicks_next = clicks_progress.next.find(partition);
    const Offset from = clicks_next == clicks_progress.next.end() ? Offset(0) : clicks_next->second;
    if (from < next) windows[partition] = {from, next};
  }
  if (windows.empty()) return std::shared_ptr<const KnownRejects>(known);
  RCML_TRY(const std::vector<lake::DataFile> files, rejects.live_files());
  for (const lake::DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name) || !may_hold(file, windows)) continue;
    RCML_OK(lake::read_rejects_with_raw(rejects.location(), file.path, [&](const lake::StoredReject& reject) {
      const auto window = windows.find(reject.source_partition);
      if (window == windows.end()) return;
      if (reject.source_offset >= window->second.begin && reject.source_offset < window->second.end)
        known->add(reject.source_partition, reject.source_offset, reject.raw, reject.raw_bytes);
    }));
  }
  return std::shared_ptr<const KnownRejects>(known);
}

}  // namespace rcml::sink
