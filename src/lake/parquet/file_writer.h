// lake/parquet/file_writer.h: rows in, one Parquet file out. Memory stays near one row group's encoded bytes.
//
// zstd (or snappy), v1 data pages, PLAIN/RLE/dictionary only, row groups by bytes, INT64 TIMESTAMP(MICROS, UTC),
// statistics on. dt is in the path, never in the file.
#pragma once

#include <memory>
#include <string>

#include "contract/event.h"
#include "core/result.h"
#include "lake/data_file.h"
#include "lake/store/location.h"

namespace rcml::lake {

enum class Codec : uint8_t { zstd, snappy };

struct FileOptions {
  Codec codec = Codec::zstd;
  int zstd_level = 1;
  int64_t row_group_bytes_target = 64 << 20;  // Encoded bytes.
};

// One file of bronze/clicks. Not thread-safe. Dropping it without finish() leaves a file nobody counts.
class ClickFileWriter {
 public:
  static Result<std::unique_ptr<ClickFileWriter>> create(const Location& table, std::string path, Dt dt,
                                                         const FileOptions& options);
  virtual ~ClickFileWriter() = default;
  virtual Status append(const contract::ClickRow& row) = 0;   // Copies what it needs.
  virtual int64_t row_count() const = 0;
  virtual int64_t bytes_buffered() const = 0;                 // Memory held now, about.
  virtual int64_t bytes_estimated() const = 0;                // Of the finished file, about.
  virtual Result<DataFile> finish() = 0;                      // Closed and durable.
};

// One file of bronze/rejects; partitioned by dt of ingested_at.
class RejectFileWriter {
 public:
  static Result<std::unique_ptr<RejectFileWriter>> create(const Location& table, std::string path, Dt dt,
                                                          const FileOptions& options);
  virtual ~RejectFileWriter() = default;
  virtual Status append(const contract::Reject& reject) = 0;
  virtual int64_t row_count() const = 0;
  virtual int64_t bytes_buffered() const = 0;
  virtual Result<DataFile> finish() = 0;
};

}  // namespace rcml::lake
