// lake/store/text_file.h: small texts beside the tables of a lake.
#pragma once

#include <string>

#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

// The whole text. corrupt above 64 MiB.
Result<std::string> read_text(const Location& location, const std::string& path);

// A new file, whole and durable or not there. On the local disk an existing one is an error; on S3 it is replaced.
Status write_text(const Location& location, const std::string& path, const std::string& text);

}  // namespace rcml::lake
