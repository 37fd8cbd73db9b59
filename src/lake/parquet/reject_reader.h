// lake/parquet/reject_reader.h: the rows of a data file of bronze/rejects, for people to look at.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

// Views live as long as the call that hands them out.
struct StoredReject {
  std::string_view reason;  // As written; a newer rcml may know more reasons than this one.
  std::string_view detail;  // data() == nullptr: null.
  std::string_view raw;
  int64_t raw_bytes = 0;
  Partition source_partition;
  Offset source_offset;
  UtcMicros arrived_at;
  UtcMicros ingested_at;
};
using RejectVisitor = std::function<void(const StoredReject&)>;

// Calls `found` for each row, in file order, with an empty `raw`: the raw bytes are most of such a file and are not
// read. corrupt when the file is not what its name says.
Status read_rejects(const Location& table, const std::string& path, const RejectVisitor& found);
// The same with `raw`.
Status read_rejects_with_raw(const Location& table, const std::string& path, const RejectVisitor& found);

}  // namespace rcml::lake
