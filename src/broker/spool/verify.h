// broker/spool/verify.h: is everything in a spool as its seals say, and which positions hold an event?
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "broker/spool/layout.h"
#include "contract/event.h"
#include "core/result.h"

namespace rcml::broker::spool {

struct VerifyReport {
  int64_t segments = 0;
  int64_t open_segments = 0;  // Being written, or left by a writer that died: not checked.
  int64_t events = 0;         // In sealed segments.
  int64_t bytes = 0;
  std::vector<std::string> faults;  // Each names a file and what is wrong with it; empty: all is well.
};
// Reads every sealed segment. An Error only when the spool itself cannot be read.
Result<VerifyReport> verify(const std::string& dir);

// Gives every event of the partition that is there now, in order. Stops at the first error, also of `visit`.
Status for_each_event(const std::string& dir, Partition partition,
                      const std::function<Status(const contract::SourceEvent&)>& visit);

}  // namespace rcml::broker::spool
