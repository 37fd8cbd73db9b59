// sink/adoption.h: where does a lake end that another writer has filled? Pure; `adopt.h` acts on it.
//
// The other writer (spark/stream_to_lake.py) keeps its progress in a checkpoint of its own and leaves none of our marks.
// What it did shows in the positions of rows and rejects. It commits a batch's rejects before its rows, as we do, so
// rejects beyond the last row are the first half of a batch; but a hole before the last row is an event that is lost.
#pragma once

#include <vector>

#include "broker/event_source.h"
#include "sink/marks.h"

namespace rcml::sink {

// One partition as it was found. Offsets in any order; only those from `from` on are looked at.
struct PartitionFinding {
  Partition partition;
  Offset from;  // Our own mark; without one where the log begins.
  broker::OffsetRange log;  // Of the log now.
  std::vector<int64_t> events;  // Offsets in the log from `from` on, tombstones left out.
  std::vector<int64_t> rows;
  std::vector<int64_t> rejects;
};

struct Adoption {
  Partition partition;
  Offset clicks_next;  // The first event that is nowhere in the lake, or the log's end.
  Offset rejects_next;  // After the last reject from `from` on; `from` without one.
  std::vector<Gap> gaps;
  int64_t rows = 0;
  int64_t rejects = 0;
  int64_t doubled = 0;  // Positions a table holds more than once. In both tables may be a replay: the audit judges.
  int64_t beyond = 0;  // Positions at or after the log's end: the lake was filled from another log.
};

Adoption plan_adoption(PartitionFinding finding);

}  // namespace rcml::sink
