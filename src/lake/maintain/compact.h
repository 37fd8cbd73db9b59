// lake/maintain/compact.h: many small files of a dt become few large ones, safe beside the stream and the loader.
//
// The rows are copied into new files; one commit then removes the old names and adds the new ones, marked as no change
// of data, so that readers of changes (the loader) skip it. The old files stay on disk for `vacuum`. Losing the race for
// a version costs a retry; when a file to be replaced is no longer live, the plan is dropped and made anew.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "lake/delta/table.h"
#include "lake/parquet/column_file.h"

namespace rcml::lake {

struct CompactOptions {
  int64_t file_bytes_min = 64 << 20;  // Smaller files are merged.
  int64_t file_bytes_max = 256 << 20;  // A merged file is not made larger, about.
  std::string dt;  // Only this one; empty: all.
};

// Files that become one. Never fewer than two, all of one dt and one log (file_name.h).
using CompactGroup = std::vector<DataFile>;

// Pure. Oldest names first, so that offsets stay roughly in order inside the new file.
std::vector<CompactGroup> plan_compaction(std::vector<DataFile> live, const CompactOptions& options);

struct CompactReport {
  int64_t files_before = 0;
  int64_t files_after = 0;
  int64_t rows = 0;
  int64_t groups_dropped = 0;  // Another writer replaced their files first.
};

// `columns` are those of the table's files (table_columns.h).
Result<CompactReport> compact(Table& table, const std::vector<FileColumn>& columns, const CompactOptions& options);

}  // namespace rcml::lake
