// warehouse/parquet_input.h: a lake file looked at before it is loaded: is it whole, does it hold what the log says,
// which of the contract's columns does it have?
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "warehouse/raw_schema.h"
#include "warehouse/warehouse.h"

namespace arrow {
class RecordBatchReader;
}

namespace rcml::warehouse {

// Which file column holds each of spec.file_columns; -1 when the file is older than the column (read as null).
using FileShape = std::vector<int>;

struct InspectedFile {
  LakeFile file;
  FileShape shape;
  std::vector<std::string> columns;  // Names in the file's own order: what Redshift's stage must look like.
  bool has_dt = false;  // The file holds the partition's column too, as Spark's UPDATE and MERGE write it.
  // The rows' dt where it does not follow from their times: another program may file a row under another date. Empty when
  // the file's statistics say that all its times are of its date.
  std::string fixed_dt;
};

using FileOpener = decltype(WarehouseOptions::open_file);

// Opens from the local disk; `corrupt` when the file is missing.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_local_file(RawTable table, const LakeFile& file);

// Reads the footer only. corrupt (naming the file) when it is truncated, has another length or row count than the log
// says, lacks a required column, holds a column the contract does not know or another type (nanoseconds among them).
Result<InspectedFile> inspect_file(RawTable table, const LakeFile& file, const FileOpener& open_file);
Result<std::vector<InspectedFile>> inspect_files(RawTable table, const std::vector<LakeFile>& files,
                                                 const FileOpener& open_file);

// Row batches of at most `rows_max` rows, columns as the file has them. The reader keeps the file open.
Result<std::shared_ptr<arrow::RecordBatchReader>> read_file(RawTable table, const LakeFile& file,
                                                            const FileOpener& open_file, int64_t rows_max);

// "clicks/dt=…/x.parquet (s3://…)": how errors name a file.
std::string file_label(RawTable table, const LakeFile& file);

}  // namespace rcml::warehouse
