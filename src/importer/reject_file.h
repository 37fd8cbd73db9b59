// importer/reject_file.h: bad lines set aside, one JSON object each: line, index, reason, detail, raw.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

#include "core/result.h"
#include "importer/event_text.h"

namespace rcml::importer {

// Makes the file when the first bad line comes; one that was there is replaced.
class RejectFile {
 public:
  explicit RejectFile(std::string path) : path_(std::move(path)) {}
  ~RejectFile();
  RejectFile(const RejectFile&) = delete;
  RejectFile& operator=(const RejectFile&) = delete;

  Status add(const Place& place, std::string_view reason, std::string_view detail, std::string_view raw);
  Status close();

 private:
  std::string path_;
  std::FILE* file_ = nullptr;
};

}  // namespace rcml::importer
