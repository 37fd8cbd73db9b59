// importer/byte_input.h: the bytes of a file or of standard input, unpacked when they are gzip.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"

namespace rcml::importer {

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  // Fills up to `size` bytes; 0 is the end. corrupt: damaged gzip, or one that ends early.
  virtual Result<size_t> read(char* out, size_t size) = 0;
};

// "-" is standard input. bad_config when there is no such file or it cannot be read.
Result<std::unique_ptr<ByteInput>> open_input(const std::string& path);

}  // namespace rcml::importer
