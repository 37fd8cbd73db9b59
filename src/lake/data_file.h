// lake/data_file.h: a Parquet file that is written but that nobody counts before a commit names it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace rcml::lake {

struct DataFile {
  std::string path;  // Relative to the table's root, as the log names it: dt=2025-08-24/clicks-0-4711-<uuid>.parquet
  std::map<std::string, std::string> partition_values;  // {"dt": "2025-08-24"}
  int64_t bytes = 0;
  int64_t row_count = 0;
  int64_t modified_at_ms = 0;
  std::string
      stats_json;  // Delta's stats object: {"numRecords":N,"minValues":{...},"maxValues":{...},"nullCount":{...}}
};

}  // namespace rcml::lake
