// lake/parquet/row_counter.h: the rows of a data file that some writer committed without statistics.
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

// As the file's footer has it; the deletion vector is not known here. corrupt (naming the file) when it is missing or no
// whole Parquet file.
Result<int64_t> rows_in_footer(const Location& table, const std::string& path);

}  // namespace rcml::lake
