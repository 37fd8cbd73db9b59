#include "lake/file_name.h"

#include <cinttypes>
#include <cstdio>

#include "core/clock.h"
#include "core/fnv1a.h"
#include "core/uuid.h"

namespace rcml::lake {
namespace {

constexpr size_t kNameBytesMax = 96;  // A topic has up to 249, a file's whole name on disk 255.

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
}

}  // namespace

std::string log_name_in_files(std::string name) {
  if (name.find('~') != std::string::npos) return name;  // It comes from a file's name.
  char hash[16];
  std::snprintf(hash, sizeof hash, "~%08" PRIx32, static_cast<uint32_t>(fnv1a(name)));
  for (char& c : name) {
    if (!is_plain(c)) c = '_';
  }
  return name.size() <= kNameBytesMax ? name : name.substr(0, kNameBytesMax) + hash;
}

std::string data_file_path(Dt dt, const std::string& log_name, Partition partition, Offset first) {
  return "dt=" + to_text(dt) + "/" + log_name_in_files(log_name) + "-p" + std::to_string(partition.value) + "-" +
         std::to_string(first.value) + "-" + random_uuid() + ".parquet";
}

std::string merged_file_path(const std::string& dt, const std::string& log) {
  return "dt=" + dt + "/" + (log.empty() ? "compacted" : log + "-packed") + "-" + random_uuid() + ".parquet";
}

std::string log_of_file(const std::string& path) {
  const std::string name = path.substr(path.rfind('/') + 1);
  const size_t end = name.find("-p");
  return end == std::string::npos ? "" : name.substr(0, end);
}

bool is_file_of_log(const std::string& path, const std::string& log_name) {
  const std::string log = log_of_file(path);
  return log.empty() || log == log_name_in_files(log_name);
}

}  // namespace rcml::lake
