#include "lake/parquet/file_stats.h"

#include <simdjson.h>

#include "core/clock.h"
#include "lake/json_text.h"

namespace rcml::lake {
namespace {

std::string millis_text(int64_t micros) {
  std::string text = to_text(UtcMicros(micros));  // 2025-08-24T10:00:00.123456Z
  text.replace(23, 3, "");
  return json_string(text);
}

}  // namespace

std::optional<Bounds> bounds_in_stats(const std::string& stats_json, std::string_view column) {
  simdjson::dom::parser parser;
  simdjson::dom::element stats;
  int64_t min = 0;
  int64_t max = 0;
  if (parser.parse(stats_json).get(stats) != simdjson::SUCCESS) return std::nullopt;
  if (stats["minValues"][column].get(min) != simdjson::SUCCESS) return std::nullopt;
  if (stats["maxValues"][column].get(max) != simdjson::SUCCESS) return std::nullopt;
  Bounds bounds;
  bounds.add(min);
  bounds.add(max);
  return bounds;
}

void StatsText::add_number(std::string_view column, const Bounds& bounds) {
  add(column, std::to_string(bounds.min()), std::to_string(bounds.max()));
}

void StatsText::add_time(std::string_view column, const Bounds& bounds) {
  if (bounds.min() > bounds.max()) return;  // No row yet: nothing that could be written as a date.
  add(column, millis_text(bounds.min()), millis_text(bounds.max() + 999));
}

std::string StatsText::finish(int64_t row_count) && {
  const std::string count = "{\"numRecords\":" + std::to_string(row_count);
  if (row_count == 0) return count + '}';
  return count + ",\"minValues\":{" + min_ + "},\"maxValues\":{" + max_ + "},\"nullCount\":{" + nulls_ + "}}";
}

void StatsText::add(std::string_view column, const std::string& min, const std::string& max) {
  const std::string key = (min_.empty() ? "" : ",") + json_string(column) + ':';
  min_ += key + min;
  max_ += key + max;
  nulls_ += key + '0';
}

}  // namespace rcml::lake
