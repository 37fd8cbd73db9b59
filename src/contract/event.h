// contract/event.h: an event as it travels: the bytes as read from the log, then either a row or a reject.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "contract/columns.h"
#include "core/ids.h"

namespace rcml::contract {

// How many bytes after an event must be readable for it to be decoded in place; what stands in them does not matter.
inline constexpr size_t kEventPaddingBytes = 64;

// One event as the log holds it. The bytes belong to the batch it came in.
struct SourceEvent {
  Offset offset;
  std::string_view bytes;
  UtcMicros arrived_at;       // Kafka's record time, or the write time of the spool segment.
  bool is_tombstone = false;  // A Kafka record without a value: skipped and counted.
  // True promises kEventPaddingBytes readable bytes after `bytes` (a reader with one buffer per batch has them for free).
  // False is always right: the decoder then copies the event, a few nanoseconds.
  bool is_padded = false;
  // Length of the event when `bytes` holds only its beginning: a line of 2 GB is not worth its memory. 0: `bytes` is all.
  int64_t full_bytes = 0;
};

// One decoded event. Text views are valid until the decoder that made them decodes again. A view whose data() is
// nullptr is SQL null. Indexed by Column; only text columns are used.
struct ClickRow {
  std::array<std::string_view, column_count> text{};
  UtcMicros event_ts;
  bool has_revenue = false;
  int64_t revenue_cents = 0;  // Hundredths; |value| < 10^12.
  ColumnSet cut_columns = 0;  // Those whose text came longer than the column holds.
  Partition source_partition;
  Offset source_offset;
  UtcMicros ingested_at;
};

// Why an event was set aside. A closed list: the names are part of the format (docs/formats/event.md).
enum class RejectReason : uint8_t {
  bad_json,  // Not JSON text at all.
  bad_unicode,  // Not valid UTF-8, or a lone surrogate escape.
  not_object,  // JSON, but no object; or an empty value.
  dup_key,  // The same key twice.
  depth,  // Nested deeper than the limit.
  missing_field,  // A required column is absent, null or empty.
  wrong_type,  // A known column holds another JSON type than the contract's.
  ts_format,  // event_ts is not ISO-8601 with a zone, or no real date.
  ts_range,  // event_ts outside the bounds.
  out_of_range,  // A number that the column cannot hold.
  too_long,  // Text of more bytes than the column holds.
  too_large,  // The whole event is above the size limit; `raw` holds its first bytes only.
  reason_count
};
std::string_view to_text(RejectReason reason);

struct Reject {
  RejectReason reason = RejectReason::bad_json;
  std::string detail;  // Column, position or number: enough to find the fault by eye.
  std::string_view raw;  // The bytes as they came (cut for too_large).
  int64_t raw_bytes = 0;  // Length before any cut.
  Partition source_partition;
  Offset source_offset;
  UtcMicros arrived_at;
  UtcMicros ingested_at;
};

}  // namespace rcml::contract
