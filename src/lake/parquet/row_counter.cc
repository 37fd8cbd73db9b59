#include "lake/parquet/row_counter.h"

#include <arrow/io/interfaces.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>

#include "lake/store/arrow_status.h"

namespace rcml::lake {

Result<int64_t> rows_in_footer(const Location& table, const std::string& path) {
  RCML_TRY(auto bytes, table.read(path));
  try {
    return parquet::ParquetFileReader::Open(bytes)->metadata()->num_rows();
  } catch (const std::exception& thrown) {
    return read_error(thrown, table.absolute(path), "Run `rcml audit`; restore the file from a backup of the lake");
  }
}

}  // namespace rcml::lake
