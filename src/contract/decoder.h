// contract/decoder.h: JSON bytes in, a row or a reject out. Never throws, never recurses on the input's depth, and an
// odd event leaves its neighbours unharmed. docs/formats/event.md lists every case with its outcome.
#pragma once

#include <memory>

#include "contract/event.h"

namespace rcml::contract {

struct DecodeLimits {
  int64_t event_bytes_max = 1'000'000;         // Larger events become too_large.
  int64_t raw_sample_bytes_max = 65'536;       // How much of a too_large event is kept.
  int32_t depth_max = 64;                      // Nesting inside unknown fields.
  int64_t past_micros_max = -1;                // event_ts may be this much older than its arrival; -1: no bound.
  int64_t future_micros_max = 300'000'000;     // ... and this much newer.
  ColumnSet cut_columns = 0;  // Where an over-long text loses its end (cut_columns.h); else too_long.
};

enum class Outcome : uint8_t { row, reject };

// Not thread-safe: one per thread. Reuses its buffers, so it allocates nothing per event once warm.
class Decoder {
 public:
  explicit Decoder(const DecodeLimits& limits);
  ~Decoder();
  Decoder(Decoder&&) noexcept;
  Decoder& operator=(Decoder&&) noexcept;

  // Fills `row` or `reject`, lineage included. Views in them point into `event.bytes` or into the decoder and hold
  // until the next call. `event` must not be a tombstone.
  Outcome decode(const SourceEvent& event, Partition partition, UtcMicros now, ClickRow& row, Reject& reject);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace rcml::contract
