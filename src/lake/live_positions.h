// lake/live_positions.h: the source positions of the rows that a data file really holds.
#pragma once

#include <functional>

#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"

namespace rcml::lake {

// Like read_positions(), but skips the rows that the file's deletion vector removes.
Status read_live_positions(const Table& table, const DataFile& file,
                           const std::function<void(Partition, Offset)>& found);

}  // namespace rcml::lake
