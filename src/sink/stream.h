// sink/stream.h: broker -> lake: reads the log of events and commits rows, rejects and offsets, each exactly once.
//
// The lake's log is the only truth about progress: at the start, after a rebalance and whenever another worker moved a
// partition of ours, everything in memory is dropped and reading goes on from the marks found there. A crash anywhere
// costs a re-read, never a gap or a duplicate; tests/faults proves it for each step.
#pragma once

#include <memory>

#include "broker/event_source.h"
#include "contract/decoder.h"
#include "core/result.h"
#include "lake/schemas.h"
#include "sink/commit.h"
#include "sink/encoder.h"
#include "sink/flush_policy.h"
#include "sink/metrics.h"

namespace rcml::sink {

struct StreamOptions {
  std::string group;
  bool is_drain = false;           // Stop once all that was there at the start is committed.
  bool may_resume_after_gap = false;
  int32_t encoders = 2;
  FlushLimits flush;
  CommitLimits commit;
  EncoderOptions encoder;
};

// Runs until drained, stopped (request_stop; pending events are committed first) or failed. Metrics are written all
// along. The tables must not be used by others of this process meanwhile.
// bad_config when this process may have too few files open for options.encoders.
Status run_stream(StreamOptions options, broker::EventSource& source, lake::LakeTables& tables, Metrics& metrics);

}  // namespace rcml::sink
