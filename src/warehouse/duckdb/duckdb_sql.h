// warehouse/duckdb/duckdb_sql.h: the statements of a DuckDB load. Pure.
#pragma once

#include <string>
#include <vector>

#include "warehouse/parquet_input.h"

namespace rcml::warehouse {

// Files that one INSERT reads: same date, same columns.
struct InsertGroup {
  std::string dt;
  FileShape shape;
  std::vector<LakeFile> files;
  int64_t row_count = 0;
};

// Neighbours with the same date and shape share a statement; order is kept.
std::vector<InsertGroup> insert_groups(const std::vector<InspectedFile>& files);

// INSERT INTO raw.<table> (…) SELECT …, DATE '…' FROM read_parquet([…]). Columns go by name. A text longer than the
// contract allows stops the statement with an error that names the column and the file.
std::string insert_sql(RawTable table, const InsertGroup& group);

// read_parquet() expands * ? [ in a path; a folder may be called so.
std::string without_globs(std::string_view path);

}  // namespace rcml::warehouse
