// sink/known_rejects.h: events that were set aside by a commit whose clicks half never came.
//
// Rejects are committed before clicks. After a crash between the two, the same offsets are read again; an event that is
// in the rejects table already must neither be set aside twice nor become a row (the limits may have been changed in
// between). Read once at the start. A place in the log is not enough to know such an event by: a lake may hold several
// logs, also two of one name (a topic made anew), and the names of files do not always tell them apart. So its bytes
// must be those that were set aside, too.
#pragma once

#include <map>
#include <memory>
#include <string_view>
#include <utility>

#include "broker/absences.h"
#include "contract/event.h"
#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"
#include "sink/marks.h"

namespace rcml::sink {

class KnownRejects {
 public:
  bool contains(Partition partition, const contract::SourceEvent& event) const;
  // `raw`: what is kept of the event, which had `event_bytes` bytes, all of which need not have been read.
  void add(Partition partition, Offset offset, std::string_view raw, int64_t event_bytes);
  size_t size() const { return seen_.size(); }

 private:
  struct Seen {
    int64_t event_bytes = 0;
    size_t raw_bytes = 0;
    size_t raw_hash = 0;
  };
  std::multimap<std::pair<Partition, Offset>, Seen> seen_;
};

// What may have been set aside already, by partition.
using PositionWindows = std::map<Partition, broker::OffsetRange>;

// Pure. By the bounds in the log's statistics; a file without them may hold anything.
bool may_hold(const lake::DataFile& file, const PositionWindows& windows);

// Reads the rejects of every partition whose mark in `rejects` is ahead of the one in `clicks`. Only files that may hold
// them are opened.
Result<std::shared_ptr<const KnownRejects>> read_known_rejects(const lake::Table& rejects, const std::string& log_name,
                                                               const Progress& clicks_progress,
                                                               const Progress& rejects_progress);

}  // namespace rcml::sink
