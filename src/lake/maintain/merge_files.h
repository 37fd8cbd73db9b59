// lake/maintain/merge_files.h: copies the rows of several data files into one new one.
#pragma once

#include <string>
#include <vector>

#include "lake/delta/table.h"
#include "lake/parquet/column_file.h"

namespace rcml::lake {

// `path` is the new file, below `target`: the table itself, or a folder for files that pass through. Rows that a deletion
// vector takes out are left behind. A column that a file does not have is null there. corrupt when a file holds another
// number of rows than the table's history says, or a column of another type. Memory stays near one row group.
Result<DataFile> merge_files(const Table& table, const std::vector<DataFile>& files,
                             const std::vector<FileColumn>& columns, const Location& target, const std::string& path);

}  // namespace rcml::lake
