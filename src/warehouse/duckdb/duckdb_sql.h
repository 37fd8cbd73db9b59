// warehouse/duckdb/duckdb_sql.h: the statements of a DuckDB load. Pure.
#pragma once

#include <string>
#include <vector>

#include "warehouse/parquet_input.h"

namespace rcml::warehouse {

// Files that one INSERT reads: same columns, and the same dt where it does not follow from the times. Else one statement for all dates: each statement ends with half-filled row groups,
// and thirty of them cost nearly twice the time of one.
struct InsertGroup {
  FileShape shape;
  std::string fixed_dt;  // InspectedFile::fixed_dt.
  std::vector<LakeFile> files;
  int64_t row_count = 0;
};

// One per shape; order is kept.
std::vector<InsertGroup> insert_groups(const std::vector<InspectedFile>& files);

// INSERT INTO raw.<table> (…) SELECT … FROM read_parquet([…]). Columns go by name; dt is the UTC date of the event, as
// the contract has it. A text longer than the contract allows stops the statement with an error that names the column
// and the file.
std::string insert_sql(RawTable table, const InsertGroup& group);

// read_parquet() expands * ? [ in a path; a folder may be called so.
std::string without_globs(std::string_view path);

}  // namespace rcml::warehouse
