// lake/parquet/table_columns.h: the columns of the two tables' files, in file order, and how each is encoded.
#pragma once

#include <vector>

#include "lake/parquet/column_file.h"

namespace rcml::lake {

std::vector<FileColumn> click_columns();
std::vector<FileColumn> reject_columns();

}  // namespace rcml::lake
