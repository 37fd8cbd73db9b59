#include "audit/partition_walk.h"

#include <algorithm>
#include <limits>

namespace rcml::audit {

PartitionWalk::PartitionWalk(PartitionAccount& account, LakePositions& held, int64_t begin, Report report)
    : account_(account), held_(held), report_(std::move(report)), next_(begin) {
  std::sort(held_.rows.begin(), held_.rows.end());
  std::sort(held_.rejects.begin(), held_.rejects.end());
  const auto expired = [&](const std::vector<int64_t>& held_list, size_t& at) {
    at = static_cast<size_t>(std::lower_bound(held_list.begin(), held_list.end(), begin) - held_list.begin());
    account_.expired += static_cast<int64_t>(at);
    for (size_t i = 1; i < at; ++i) account_.doubled += held_list[i] == held_list[i - 1];
  };
  expired(held_.rows, rows_at_);
  expired(held_.rejects, rejects_at_);
}

void PartitionWalk::allow(const sink::Gap& gap) {
  gaps_.push_back(gap);
  std::sort(gaps_.begin(), gaps_.end(),
            [](const sink::Gap& a, const sink::Gap& b) { return a.first_missing < b.first_missing; });
}

void PartitionWalk::expect_every_offset(int64_t next, AbsentReport report) {
  absent_report_ = std::move(report);
  end_ = next;
}

int64_t PartitionWalk::take(const std::vector<int64_t>& held, size_t& at, int64_t offset) {
  int64_t count = 0;
  for (; at < held.size() && held[at] == offset; ++at) ++count;
  return count;
}

void PartitionWalk::pass_unknown(int64_t below) {
  const auto pass = [&](const std::vector<int64_t>& held, size_t& at, const char* table) {
    for (; at < held.size() && held[at] < below; ++at) {
      if (is_compacted_ && held[at] < end_) {
        ++account_.expired;
        if (absent_report_) --account_.absent;  // As pass_absent() will count its offset.
        continue;
      }
      ++account_.unknown;
      report_("partition " + std::to_string(account_.partition) + ": " + table + " hold offset " +
              std::to_string(held[at]) + ", where the log has no event");
    }
  };
  pass(held_.rows, rows_at_, "clicks");
  pass(held_.rejects, rejects_at_, "rejects");
}

// What a person allowed is accounted for as a gap.
void PartitionWalk::pass_absent(int64_t below) {
  if (!absent_report_ || below <= next_) return;
  for (const sink::Gap& gap : gaps_) {
    note_absent({Offset(next_), std::min(Offset(below), gap.first_missing)});
    next_ = std::max(next_, std::min(below, gap.resumed_at.value));
  }
  note_absent({Offset(next_), Offset(below)});
  next_ = below;
}

void PartitionWalk::note_absent(const broker::OffsetRange& run) {
  if (run.begin >= run.end) return;
  account_.absent += run.end.value - run.begin.value;
  absent_report_(run);
}

bool PartitionWalk::is_replay(int64_t rows, int64_t rejects) {
  if (rows != 1 || rejects != 1 || replays_left_ == nullptr || *replays_left_ == 0) return false;
  --*replays_left_;
  ++account_.replayed;
  return true;
}

void PartitionWalk::event(int64_t offset) {
  pass_unknown(offset);
  pass_absent(offset);
  next_ = std::max(next_, offset + 1);
  const int64_t rows = take(held_.rows, rows_at_, offset);
  const int64_t rejects = take(held_.rejects, rejects_at_, offset);
  if (rows > 0) ++account_.committed;
  else if (rejects > 0) ++account_.rejected;
  const std::string where = "partition " + std::to_string(account_.partition) + ", offset " + std::to_string(offset);
  if (rows + rejects == 0) {
    const bool is_allowed = std::any_of(gaps_.begin(), gaps_.end(), [&](const sink::Gap& gap) {
      return offset >= gap.first_missing.value && offset < gap.resumed_at.value;
    });
    if (is_allowed) return;
    ++account_.missing;
    report_(where + ": the event is in the log and nowhere in the lake");
  } else if (rows + rejects > 1 && !is_replay(rows, rejects)) {
    ++account_.doubled;
    report_(where + ": " + std::to_string(rows) + " times in clicks, " + std::to_string(rejects) + " times in rejects");
  }
}

void PartitionWalk::tombstone(int64_t offset) {
  pass_unknown(offset);
  pass_absent(offset);
  next_ = std::max(next_, offset + 1);
  ++account_.tombstones;
}

void PartitionWalk::finish() {
  pass_unknown(std::numeric_limits<int64_t>::max());
  pass_absent(end_);
}

}  // namespace rcml::audit
