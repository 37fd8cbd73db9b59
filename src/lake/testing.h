// lake/testing.h: what the lake's tests share: a folder that goes away, rows, a table with little in it.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "contract/event.h"
#include "core/clock.h"
#include "lake/delta/table.h"

namespace rcml::lake::testing {

// On the real disk: fsync and rename are part of what is tested.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "rcml-lake-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

template <class T>
T value_of(Result<T> result) {
  if (result.ok()) return *std::move(result);
  ADD_FAILURE() << result.error().text();
  throw std::runtime_error(result.error().text());
}

inline void expect_ok(const Status& status) { EXPECT_TRUE(status.ok()) << status.error().text(); }

inline constexpr const char* kTinySchema =
    R"({"type":"struct","fields":[{"name":"id","type":"string","nullable":false,"metadata":{}},)"
    R"({"name":"dt","type":"date","nullable":true,"metadata":{}}]})";

inline std::shared_ptr<Location> location_of(const std::string& url) { return value_of(Location::open(url)); }

inline std::unique_ptr<Table> tiny_table(const std::string& url) {
  return value_of(Table::open_or_create(location_of(url), kTinySchema, {"dt"}));
}

inline DataFile tiny_file(const std::string& name, int64_t row_count = 1) {
  return {"dt=2025-08-24/" + name + ".parquet",
          {{"dt", "2025-08-24"}},
          1000,
          row_count,
          1756029600000,
          "{\"numRecords\":" + std::to_string(row_count) + "}"};
}

inline void write_text(const std::string& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace rcml::lake::testing
