// broker/spool/segment_index.h: the segments of one partition as they were listed last, and whether that still holds.
//
// Listing a folder takes time in proportion to its segments. A reader that listed the folder after each segment would
// therefore take time that grows with the square of their number. A listing stays true until the folder changes, and the folder's time of
// change (mtime) tells that: making, renaming and removing a file sets it, appending to one does not.
//
// Two things need care. A file system's clock is coarse: what happens in the same tick as the listing
// leaves the same time, so a listing made shortly after a change is not trusted yet. And some network file systems show
// an old time for a while, so an idle reader lists now and then all the same. Both are held to a small share of the time.
#pragma once

#include <string>
#include <vector>

#include "broker/spool/layout.h"

namespace rcml::broker::spool {

// When a folder was listed and what was seen of it.
struct Listing {
  int64_t changed_at_ns = 0;  // The folder's own time of change, taken before the listing; since 1970.
  UtcMicros listed_at;  // The same moment by this machine's clock.
  UtcMicros listed_at_monotonic;
  int64_t cost_us = 0;  // What the listing took.
};

// Whether a folder must be listed again that has `changed_at_ns` now. Pure.
bool must_list_again(const Listing& last, int64_t changed_at_ns, UtcMicros now_monotonic);

// Not thread-safe.
class SegmentIndex {
 public:
  explicit SegmentIndex(std::string partition_dir) : dir_(std::move(partition_dir)) {}

  // Lists the folder, whatever is known.
  Status list();
  // Lists it when it may have changed; otherwise one question to the file system. May be late by twenty times what a
  // listing takes.
  Status refresh();
  // In order of position; references hold until the next listing.
  const std::vector<SegmentName>& segments() const { return segments_; }
  // The place of that segment, under whichever of its two names; segments().end() when it is not there.
  std::vector<SegmentName>::const_iterator find(const SegmentName& segment) const;
  int64_t listing_count() const { return listing_count_; }

 private:
  std::string dir_;
  std::vector<SegmentName> segments_;
  Listing last_;
  int64_t listing_count_ = 0;
};

}  // namespace rcml::broker::spool
