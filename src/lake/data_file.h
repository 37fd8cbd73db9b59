// lake/data_file.h: a Parquet file that is written but that nobody counts before a commit names it.
#pragma once

#include <cstdint>
#include <map>
#include <string>

namespace rcml::lake {

inline constexpr int64_t kRowsUnknown = -1;

struct DataFile {
  std::string path;  // Relative to the table's root, as the log names it: dt=2025-08-24/clicks-0-4711-<uuid>.parquet
  std::map<std::string, std::string> partition_values;  // {"dt": "2025-08-24"}
  int64_t bytes = 0;
  // Without those that a deletion vector takes out. kRowsUnknown where the log does not say; Table::live_files() counts
  // such files, so that only entries of the log itself can be unknown.
  int64_t row_count = 0;
  int64_t modified_at_ms = 0;
  std::string
      stats_json;  // Delta's stats object: {"numRecords":N,"minValues":{...},"maxValues":{...},"nullCount":{...}}
  // Rows of this file that are deleted although it holds them, as Delta's descriptor; empty when there are none.
  std::string deletion_vector_json;
  std::string deletion_vector_id;  // Tells the vectors of one path apart. Empty when there is none.
  int64_t deleted_row_count = 0;
};

// For sums over entries of the log.
inline int64_t known_rows(const DataFile& file) { return file.row_count < 0 ? 0 : file.row_count; }

}  // namespace rcml::lake
