// importer/reject_file.cc: raw text as it stood, or in hex when it is no UTF-8.
#include "importer/reject_file.h"

#include <simdjson.h>

namespace rcml::importer {
namespace {

constexpr size_t kRawBytesMax = 65'536;

void append_raw(std::string& out, std::string_view raw) {
  raw = raw.substr(0, kRawBytesMax);
  if (simdjson::validate_utf8(raw.data(), raw.size())) {
    out += ",\"raw\":";
    append_json_string(out, raw);
    return;
  }
  out += ",\"raw_hex\":\"";
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    out.push_back("0123456789abcdef"[byte >> 4]);
    out.push_back("0123456789abcdef"[byte & 15]);
  }
  out.push_back('"');
}

}  // namespace

RejectFile::~RejectFile() {
  if (file_ != nullptr) std::fclose(file_);
}

Status RejectFile::add(const Place& place, std::string_view reason, std::string_view detail, std::string_view raw) {
  if (file_ == nullptr) file_ = std::fopen(path_.c_str(), "we");
  if (file_ == nullptr)
    return bad_config(os_error("create", path_).message, "Give --rejects-file a path that can be written");
  std::string line =
      "{\"line\":" + std::to_string(place.line) + ",\"index\":" + std::to_string(place.index) + ",\"reason\":";
  append_json_string(line, reason);
  line += ",\"detail\":";
  append_json_string(line, detail);
  append_raw(line, raw);
  line += "}\n";
  return std::fwrite(line.data(), 1, line.size(), file_) == line.size() ? Status{} : os_error("write", path_);
}

Status RejectFile::close() {
  if (file_ == nullptr) return {};
  std::FILE* const file = file_;
  file_ = nullptr;
  return std::fclose(file) == 0 ? Status{} : os_error("write", path_);
}

}  // namespace rcml::importer
