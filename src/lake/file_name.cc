#include "lake/file_name.h"

#include <cctype>
#include <random>

#include "core/clock.h"

namespace rcml::lake {
namespace {

std::string plain_name(std::string name) {
  for (char& c : name) {
    if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '.' && c != '_') c = '_';
  }
  return name;
}

}  // namespace

std::string random_uuid() {
  thread_local std::random_device device;
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (int word = 0; word < 4; ++word) {
    for (uint32_t bits = device(), digit = 0; digit < 8; ++digit, bits >>= 4) text += kHex[bits & 15];
  }
  return text;
}

std::string data_file_path(Dt dt, const std::string& log_name, Partition partition, Offset first) {
  return "dt=" + to_text(dt) + "/" + plain_name(log_name) + "-p" + std::to_string(partition.value) + "-" +
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
  return log.empty() || log == plain_name(log_name);
}

}  // namespace rcml::lake
