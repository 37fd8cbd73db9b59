// audit/partition_walk.h: one partition of the log beside what the lake holds of it. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "audit/report.h"
#include "broker/event_source.h"
#include "sink/marks.h"

namespace rcml::audit {

// Source positions of one partition that the lake holds, each list ascending once sorted.
struct LakePositions {
  std::vector<int64_t> rows;
  std::vector<int64_t> rejects;
};

// Walks the events of one partition in log order beside what the lake holds, and keeps the account.
class PartitionWalk {
 public:
  using Report = std::function<void(const std::string& text)>;
  // Sorts `held`. Positions below `begin` count as expired: the log no longer has them.
  PartitionWalk(PartitionAccount& account, LakePositions& held, int64_t begin, Report report);

  // So many positions may stand in both tables; `left` is shared by the walks of a lake and counted down.
  void allow_replays(int64_t& left) { replays_left_ = &left; }
  // A person allowed this hole: its events are not missing, even while the log still has them. Before the first event.
  void allow(const sink::Gap& gap);
  // Every offset below `next` has its event: those without one are absent. Before the first event.
  using AbsentReport = std::function<void(const broker::OffsetRange& run)>;
  void expect_every_offset(int64_t next, AbsentReport report);
  // The log loses events that were read: positions without an event count as expired and not as unknown.
  void allow_compaction() { is_compacted_ = true; }
  // The next event of the log, in ascending order.
  void event(int64_t offset);
  void tombstone(int64_t offset);
  // After the last event below the mark: what is left in the lake was never in the log.
  void finish();

 private:
  bool is_replay(int64_t rows, int64_t rejects);
  void pass_unknown(int64_t below);
  void pass_absent(int64_t below);
  void note_absent(const broker::OffsetRange& run);
  int64_t take(const std::vector<int64_t>& held, size_t& at, int64_t offset);

  PartitionAccount& account_;
  LakePositions& held_;
  Report report_;
  int64_t* replays_left_ = nullptr;
  bool is_compacted_ = false;
  std::vector<sink::Gap> gaps_;  // Ascending.
  AbsentReport absent_report_;   // None: offsets are not counted one by one.
  int64_t next_ = 0;             // The first offset not looked at yet.
  int64_t end_ = 0;
  size_t rows_at_ = 0;
  size_t rejects_at_ = 0;
};

}  // namespace rcml::audit
