// sink/known_rejects.h: events that were set aside by a commit whose clicks half never came.
//
// Rejects are committed before clicks. After a crash between the two, the same offsets are read again; an event that is
// in the rejects table already must neither be set aside twice nor become a row (the limits may have been changed in
// between). This is the exact set of such positions, read once at the start.
#pragma once

#include <memory>
#include <set>
#include <utility>

#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"
#include "sink/marks.h"

namespace rcml::sink {

class KnownRejects {
 public:
  bool contains(Partition partition, Offset offset) const {
    return !positions_.empty() && positions_.contains({partition, offset});
  }
  void add(Partition partition, Offset offset) { positions_.insert({partition, offset}); }
  size_t size() const { return positions_.size(); }

 private:
  std::set<std::pair<Partition, Offset>> positions_;
};

// Reads the rejects of every partition whose mark in `rejects` is ahead of the one in `clicks`.
Result<std::shared_ptr<const KnownRejects>> read_known_rejects(const lake::Table& rejects, const std::string& log_name,
                                                               const Progress& clicks_progress,
                                                               const Progress& rejects_progress);

}  // namespace rcml::sink
