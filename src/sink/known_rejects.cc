#include "sink/known_rejects.h"

#include <map>

#include "lake/file_name.h"
#include "lake/parquet/position_reader.h"

namespace rcml::sink {
namespace {

struct PartitionWindow {
  Offset from;
  Offset to;
};

}  // namespace

Result<std::shared_ptr<const KnownRejects>> read_known_rejects(const lake::Table& rejects, const std::string& log_name,
                                                               const Progress& clicks_progress,
                                                               const Progress& rejects_progress) {
  auto known = std::make_shared<KnownRejects>();
  std::map<Partition, PartitionWindow> windows;
  for (const auto& [partition, next] : rejects_progress.next) {
    const auto clicks_next = clicks_progress.next.find(partition);
    const Offset from = clicks_next == clicks_progress.next.end() ? Offset(0) : clicks_next->second;
    if (from < next) windows[partition] = {from, next};
  }
  if (windows.empty()) return std::shared_ptr<const KnownRejects>(known);
  RCML_TRY(const std::vector<lake::DataFile> files, rejects.live_files());
  for (const lake::DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_positions(rejects.location(), file.path, [&](Partition partition, Offset offset) {
      const auto window = windows.find(partition);
      if (window != windows.end() && offset >= window->second.from && offset < window->second.to)
        known->add(partition, offset);
    }));
  }
  return std::shared_ptr<const KnownRejects>(known);
}

}  // namespace rcml::sink
