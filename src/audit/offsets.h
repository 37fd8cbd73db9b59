// audit/offsets.h: accounts for every offset of the log of events: is each event in the lake exactly once?
#pragma once

#include <string>

#include "audit/report.h"
#include "broker/event_source.h"
#include "core/result.h"
#include "lake/schemas.h"

namespace rcml::audit {

struct OffsetsOptions {
  std::string group;
  bool is_full = false;  // Read everything, whatever was proven before.
  const lake::Location* proofs = nullptr;  // The lake's root, where proofs are kept (log_proof.h); null: nowhere.
};

// Reads the log up to the lake's marks beside the positions of the lake's files, and adds the check "offsets", and
// "absences" where each event takes one offset. `source` must hand out all partitions. With a proof of an earlier audit
// only what came since is read, as long as files were only added, or merged without a change, and nothing is wrong;
// otherwise everything, which takes 8 bytes of memory an event in the lake. A sound outcome is kept as the next proof.
Status check_offsets(broker::EventSource& source, const lake::LakeTables& tables, const OffsetsOptions& options,
                     Report& report);

}  // namespace rcml::audit
