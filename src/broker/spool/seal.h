// broker/spool/seal.h: how a segment ends: in the normal way, and after a crash of its writer.
#pragma once

#include <string>

#include "broker/spool/file.h"
#include "broker/spool/layout.h"

namespace rcml::broker::spool {

// Makes the segment's bytes durable, then its seal, then its final name. A crash in between leaves a segment that
// recovery seals to the same end.
Status seal_segment(const std::string& partition_dir, const SegmentName& segment, const File& file, const Seal& seal);

// Seals what a writer that died left open. An unfinished last line gets its newline: nothing is ever cut off, so the
// line becomes an event or a reject, and no position changes its meaning. Returns where the partition goes on. Needs
// the lock.
Result<int64_t> recover_partition(const std::string& partition_dir, bool is_same_boot);

struct Contents {
  int64_t bytes = 0;
  int64_t events = 0;  // Lines that end in a newline and are not blank.
  uint32_t crc32c = 0;
  bool has_torn_tail = false;
};
Result<Contents> scan_segment(const File& file);

// Non-blank lines that end in `bytes`; `is_line_begun` says whether the line before it had bytes, and is kept up to date.
int64_t count_events(std::string_view bytes, bool& is_line_begun);

}  // namespace rcml::broker::spool
