// importer/record_reader.h: bytes in, records out: one line, or one CSV record of several fields.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "importer/byte_input.h"

namespace rcml::importer {

struct Record {
  int64_t line = 0;                 // Where it starts; the first line of a file is 1.
  std::string text;                 // As it stood, without the line end.
  std::vector<std::string> fields;  // CSV only.
  std::string fault;                // Not empty: this record cannot be used, and why.
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  // False at the end. Reuses what `record` holds.
  virtual Result<bool> next(Record& record) = 0;
};

// Skips empty lines. A record longer than `bytes_max` comes cut, with a fault, and reading goes on at the next line.
std::unique_ptr<RecordReader> line_reader(std::unique_ptr<ByteInput> input, int64_t bytes_max);

// RFC 4180: quotes, doubled quotes, line ends inside quotes; CRLF or LF; a byte order mark is skipped.
std::unique_ptr<RecordReader> csv_reader(std::unique_ptr<ByteInput> input, char delimiter, int64_t bytes_max);

}  // namespace rcml::importer
