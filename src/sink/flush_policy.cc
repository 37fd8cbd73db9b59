#include "sink/flush_policy.h"

namespace rcml::sink {

std::string_view to_text(FlushReason reason) {
  switch (reason) {
    case FlushReason::none: return "none";
    case FlushReason::events: return "events";
    case FlushReason::file_bytes: return "file_bytes";
    case FlushReason::memory: return "memory";
    case FlushReason::age: return "age";
  }
  return "unknown";
}

FlushReason flush_reason(const PendingStats& pending, UtcMicros now, const FlushLimits& limits) {
  if (pending.positions == 0) return FlushReason::none;
  if (pending.events >= limits.events_max) return FlushReason::events;
  if (pending.file_bytes >= limits.file_bytes_max) return FlushReason::file_bytes;
  if (pending.memory_bytes >= limits.memory_bytes_max) return FlushReason::memory;
  if (now.value - pending.oldest_at.value >= limits.age_max.value * 1000) return FlushReason::age;
  return FlushReason::none;
}

bool holds_reading(FlushReason reason) { return reason != FlushReason::none && reason != FlushReason::age; }

}  // namespace rcml::sink
