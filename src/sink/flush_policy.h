// sink/flush_policy.h: when do the events in memory become a commit?
//
// Pure. The caller passes `now`, so a test may live at any hour.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/ids.h"

namespace rcml::sink {

struct FlushLimits {  // From the settings table; no defaults hide here.
  int64_t events_max;
  int64_t file_bytes_max;    // Parquet bytes pending, estimated.
  int64_t memory_bytes_max;  // Held by one generation's files and waiting events.
  Millis age_max;
};

// What is pending since the last flush. Times are monotonic.
struct PendingStats {
  int64_t events = 0;  // Consumed: rows, rejects, tombstones.
  int64_t positions = 0;  // Offsets passed, events or not.
  int64_t file_bytes = 0;
  int64_t memory_bytes = 0;
  UtcMicros oldest_at;  // When the first pending position was consumed.
};

enum class FlushReason : uint8_t { none, events, file_bytes, memory, age };
std::string_view to_text(FlushReason reason);

// Names the first limit that is reached.
//
// Nothing consumed never flushes, however old. Rejects or control records alone do: their offsets must move, or a
// restart would set the same events aside again and lag would never reach zero.
FlushReason flush_reason(const PendingStats& pending, UtcMicros now, const FlushLimits& limits);

// Whether reading on must wait for the running commit: a limit on size was reached. Age alone never holds reading up.
bool holds_reading(FlushReason reason);

}  // namespace rcml::sink
