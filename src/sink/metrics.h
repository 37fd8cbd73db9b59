// sink/metrics.h: what a running stream counts. Written by its threads, read by whoever shows it; relaxed atomics.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "broker/absences.h"
#include "contract/event.h"

namespace rcml::sink {

struct Metrics {
  std::atomic<int64_t> rows_committed{0};
  std::atomic<int64_t> rejects_committed{0};
  std::atomic<int64_t> tombstones_committed{0};
  std::atomic<int64_t> events_read{0};
  std::atomic<int64_t> bytes_read{0};
  std::atomic<int64_t> files_committed{0};
  std::atomic<int64_t> file_bytes_committed{0};
  std::atomic<int64_t> commits{0};
  std::atomic<int64_t> commits_already_there{0};
  std::atomic<int64_t> commits_moved{0};
  std::atomic<int64_t> conflicts{0};
  std::atomic<int64_t> unknowns{0};
  std::atomic<int64_t> conflict_micros_total{0};
  std::atomic<int64_t> commit_micros_total{0};
  std::atomic<int64_t> last_commit_micros{0};
  std::atomic<int64_t> last_progress_at{0};     // Monotonic; also when idle and caught up.
  std::atomic<int64_t> outage_since{0};         // Monotonic; 0 while the store answers.
  std::atomic<int64_t> newest_event_ts{INT64_MIN};
  std::atomic<int64_t> lag{0};                  // Positions between what is committed and the log's end.
  std::atomic<int64_t> memory_bytes{0};
  std::atomic<int64_t> open_files{0};           // Data files that are being filled.
  std::array<std::atomic<int64_t>, static_cast<size_t>(contract::RejectReason::reason_count)> rejects_by_reason{};
  std::array<std::atomic<int64_t>, contract::column_count> cuts_by_column{};  // Texts cut to their column's length.
  // Offsets without an event, of what is committed.
  std::array<std::atomic<int64_t>, static_cast<size_t>(broker::AbsenceCause::cause_count)> absent_by_cause{};
};

}  // namespace rcml::sink
