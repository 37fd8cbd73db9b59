#include "audit/appended.h"

#include <algorithm>

#include "lake/file_name.h"
#include "lake/live_positions.h"
#include "lake/table_history.h"

namespace rcml::audit {
namespace {

using lake::DataFile;
using lake::TableChange;
using Positions = std::vector<std::pair<Partition, Offset>>;

// In order, of the files that may hold events of the log.
Result<Positions> positions_of(const lake::Table& table, const std::vector<DataFile>& files,
                               const std::string& log_name) {
  Positions positions;
  for (const DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_live_positions(
        table, file, [&](Partition partition, Offset offset) { positions.emplace_back(partition, offset); }));
  }
  std::sort(positions.begin(), positions.end());
  return positions;
}

// A file that vacuum has taken cannot be compared.
bool holds_the_same(const lake::Table& table, const TableChange& merge, const std::string& log_name) {
  const auto before = positions_of(table, merge.removed, log_name);
  if (!before.ok()) return false;
  const auto after = positions_of(table, merge.added, log_name);
  return after.ok() && *before == *after;
}

}  // namespace

Status read_files(const lake::Table& table, const std::vector<DataFile>& files, const std::string& log_name,
                  PositionsByPartition& found, std::vector<int64_t> LakePositions::* list) {
  for (const DataFile& file : files) {
    if (!lake::is_file_of_log(file.path, log_name)) continue;
    RCML_OK(lake::read_live_positions(
        table, file, [&](Partition partition, Offset offset) { (found[partition].*list).push_back(offset.value); }));
  }
  return {};
}

Result<bool> read_appended(const lake::Table& table, TableVersion since, const std::string& log_name,
                           PositionsByPartition& found, std::vector<int64_t> LakePositions::* list) {
  const auto entries = table.log(TableVersion(since.value + 1));
  if (!entries.ok()) return entries.error().kind == ErrorKind::corrupt ? Result<bool>(false) : entries.error();
  for (const TableChange& change : lake::changes_of(*entries)) {
    if (!change.removed.empty()) {
      if (change.is_data_change || !holds_the_same(table, change, log_name)) return false;
      continue;
    }
    // A file may have been merged and swept since. When it is the store that fails, reading everything says so.
    if (!read_files(table, change.added, log_name, found, list).ok()) return false;
  }
  return true;
}

bool has_position_below(const LakePositions& positions, int64_t offset) {
  const auto is_below = [offset](int64_t position) { return position < offset; };
  return std::ranges::any_of(positions.rows, is_below) || std::ranges::any_of(positions.rejects, is_below);
}

}  // namespace rcml::audit
