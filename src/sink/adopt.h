// sink/adopt.h: sets our marks to where a lake ends that another writer has filled from the same log, so that
// `rcml stream` goes on from there; and tells who has written without having been adopted.
#pragma once

#include <string>
#include <vector>

#include "broker/event_source.h"
#include "core/result.h"
#include "lake/schemas.h"
#include "sink/adoption.h"
#include "sink/commit.h"

namespace rcml::sink {

struct AdoptOptions {
  std::string group;
  bool may_leave_gaps = false;  // Write holes down for the audit instead of refusing.
  bool is_dry_run = false;
  bool is_same_log = false;  // The log is the one that was read, though it has another id now.
  CommitLimits commit;
};

struct AdoptReport {
  std::vector<Adoption> partitions;
  bool is_changed = false;  // False: the marks say already what the lake holds.
};

// Reads the log from our marks on and the positions of the lake's files. Nobody else may write to the lake meanwhile.
// `source` must hand out all partitions. needs_person for holes, doubled positions and positions beyond the log's end.
Result<AdoptReport> adopt(broker::EventSource& source, lake::LakeTables& tables, const AdoptOptions& options);

}  // namespace rcml::sink
