#include "lake/live_positions.h"

#include "lake/parquet/position_reader.h"

namespace rcml::lake {

Status read_live_positions(const Table& table, const DataFile& file,
                           const std::function<void(Partition, Offset)>& found) {
  RCML_TRY(const std::vector<int64_t> deleted, table.deleted_rows(file));
  if (deleted.empty()) return read_positions(table.location(), file.path, found);
  int64_t row = 0;
  auto next_deleted = deleted.begin();
  return read_positions(table.location(), file.path, [&](Partition partition, Offset offset) {
    const bool is_deleted = next_deleted != deleted.end() && *next_deleted == row++;
    if (is_deleted) ++next_deleted;
    else found(partition, offset);
  });
}

}  // namespace rcml::lake
