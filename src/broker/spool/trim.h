// broker/spool/trim.h: removes the oldest sealed segments of a spool. What goes is decided by `plan_trim`, which is pure.
//
// First the partition's trim mark is written and made durable. From that moment no reader treats what is below the
// mark as part of the spool, even while its files are still there. Then the files are removed. The next trim finishes one
// that was killed, and positions keep their meaning. The newest sealed segment always stays: its end is where the partition
// goes on.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "broker/spool/known_lakes.h"
#include "broker/spool/layout.h"

namespace rcml::broker::spool {

struct SegmentFact {
  SegmentName name;
  Seal seal;  // Empty for an open segment.
};

struct PartitionFacts {
  TrimMark mark;
  std::vector<SegmentFact> segments;  // In order of position.
};
// What is there. corrupt when a sealed segment has no seal.
Result<PartitionFacts> read_facts(const std::string& partition_dir);

// At least one of the two; a segment goes when every one that is given lets it go.
struct TrimPolicy {
  std::optional<UtcMicros> arrived_before;  // All its events arrived before.
  std::optional<int64_t> segments_kept;  // Newest segments that stay, in each partition.
};

// How far a lake has come in this partition; 0: it has committed nothing of it.
struct LakePosition {
  std::string lake;
  int64_t next = 0;
};

struct TrimPlan {
  int64_t begin = 0;  // The first position that stays.
  int64_t segments = 0;
  int64_t bytes = 0;
  int64_t events = 0;
  std::string held_by;  // The lake for which older segments than the policy says must stay; empty: none.
  int64_t held_at = 0;  // Its position.
};
// needs_person when a lake's position shows that the spool is not the one it was filled from, or lacks segments that no
// trim removed and the lake has not committed.
Result<TrimPlan> plan_trim(const PartitionFacts& partition, const TrimPolicy& policy, Millis roll_age,
                           const std::vector<LakePosition>& lakes);

// Makes the partition begin at `begin`, the start of one of its segments, and removes the files below. With the mark's
// own begin it finishes what another trim left.
Status trim_partition(const std::string& partition_dir, const TrimMark& mark);

// Trims every partition while holding the trim lock; `marks` has one mark for each partition, in order. `asked` lists the
// lakes whose positions the marks were planned with. unavailable, with nothing removed, when another lake has registered
// since.
Status trim_spool(const std::string& dir, const std::vector<KnownLake>& asked, const std::vector<TrimMark>& marks);

}  // namespace rcml::broker::spool
