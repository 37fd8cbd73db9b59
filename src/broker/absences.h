// broker/absences.h: offsets without an event, in a log where each event takes one: how many, and whether that is normal.
#pragma once

#include <cstdint>

#include "core/ids.h"

namespace rcml::broker {

struct OffsetRange {  // [begin, end)
  Offset begin;
  Offset end;
};

struct Absences {
  OffsetRange first;  // The first run of them.
  int64_t runs = 0;
  int64_t offsets = 0;

  void add(const OffsetRange& run) { add({run, 1, run.end.value - run.begin.value}); }
  void add(const Absences& more) {
    if (runs == 0) first = more.first;
    runs += more.runs;
    offsets += more.offsets;
  }
};

// `none` is the one that accuses: the log lost events, or its client passed them over.
enum class AbsenceCause : uint8_t {
  compaction,  // The topic keeps only the newest event of each key.
  transactions,  // Their markers take offsets, and so do the events of aborted ones.
  expected,  // A person says so.
  none,
  unknown,  // The server does not tell.
  cause_count,
};
const char* to_text(AbsenceCause cause);

}  // namespace rcml::broker
