// lake/parquet/file_stats.h: Delta's stats object of one file: row count and bounds of columns that are never null.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rcml::lake {

// Smallest and largest value of a column that is never null.
class Bounds {
 public:
  void add(int64_t value) {
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }

 private:
  int64_t min_ = INT64_MAX;
  int64_t max_ = INT64_MIN;
};

// What a stats object says of a column of whole numbers; empty when it does not, or not by numbers.
std::optional<Bounds> bounds_in_stats(const std::string& stats_json, std::string_view column);

// Times are given in whole milliseconds, which is all that readers agree on, rounded outwards so that the bounds hold
// for every microsecond inside.
class StatsText {
 public:
  void add_number(std::string_view column, const Bounds& bounds);
  void add_time(std::string_view column, const Bounds& bounds);
  std::string finish(int64_t row_count) &&;

 private:
  void add(std::string_view column, const std::string& min, const std::string& max);

  std::string min_;
  std::string max_;
  std::string nulls_;
};

}  // namespace rcml::lake
