// lake/parquet/position_reader.h: the source positions of a data file's rows, and nothing else of it.
#pragma once

#include <functional>
#include <string>

#include "core/ids.h"
#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

// Calls `found` for each row of a clicks or rejects file, in file order. Reads two columns; memory stays near one row
// group. corrupt when the file is not what its name says.
Status read_positions(const Location& table, const std::string& path,
                      const std::function<void(Partition, Offset)>& found);

}  // namespace rcml::lake
