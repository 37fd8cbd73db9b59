// generator/plan.h: which visits a run has, and when they start: the part of the truth that is known before any event.
//
// Visits are numbered by their start. What visit 17 is follows from the seed and from 17 alone, so blocks of visits can
// be made on any thread in any order, and everyone agrees on the numbers of their events.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/ids.h"
#include "generator/random.h"

namespace rcml::generator {

enum class VisitKind : uint8_t {
  passer_by,  // Comes once.
  newcomer,  // First visit of somebody who may come back.
  regular,  // Comes back.
  bot_burst,  // Hundreds of events within seconds of each other: above 100 a minute.
  bot_crawler,  // At a person's pace, but for more than 500 events.
  bot_clock,  // At exactly equal distances.
};
constexpr bool is_bot(VisitKind kind) { return kind >= VisitKind::bot_burst; }

struct Visit {
  VisitKind kind;
  int32_t event_count;
};

struct PlanOptions {
  uint64_t seed = 1;
  UtcMicros start;
  int32_t days = 1;
  int64_t event_count = 0;  // In all, bots included; exact.
  double bots = 0;  // Share of the events.
};

// The shape of the traffic: hours of the day and days of the week from `start` on.
class Traffic {
 public:
  Traffic(UtcMicros start, int32_t days);
  // The share of the visits that starts in each hour of the UTC day.
  std::array<double, 24> hour_shares() const;
  // When the given share (part / whole, part <= whole) of all visits has started.
  UtcMicros at(unsigned __int128 part, unsigned __int128 whole) const;

 private:
  int64_t start_us_;
  std::vector<int64_t> weight_before_;  // Of each hour; one more entry for the end.
};

class Plan {
 public:
  static constexpr int64_t kBlockVisits = 2048;

  explicit Plan(const PlanOptions& options);
  // Visits without an end, that never come back and whose start somebody else decides: for live traffic.
  static Plan endless(uint64_t seed, double bots);

  uint64_t seed() const { return options_.seed; }
  const PlanOptions& options() const { return options_; }
  int64_t visit_count() const { return visit_count_; }
  Visit visit(int64_t number) const;
  UtcMicros start(int64_t number) const;

  int64_t block_count() const { return static_cast<int64_t>(block_first_event_.size()) - 1; }
  int64_t block_first_visit(int64_t block) const { return block * kBlockVisits; }
  int64_t block_end_visit(int64_t block) const;
  int64_t block_first_event(int64_t block) const { return block_first_event_[static_cast<size_t>(block)]; }

  // Somebody who comes back does so this many visits later, or a multiple of it: about ten hours of usual traffic. No
  // hour is busy enough to squeeze that below five, and no visit lasts four, so two visits of one person are always
  // two sessions.
  int64_t return_period() const { return return_period_; }

 private:
  static constexpr int64_t kEndless = INT64_MAX;

  Plan() = default;
  bool is_endless() const { return visit_count_ == kEndless; }
  Visit planned(int64_t number) const;
  void set_bots(double share);
  void count_visits();

  PlanOptions options_;
  Traffic traffic_{UtcMicros(0), 1};
  uint64_t bot_threshold_ = 0;
  int64_t visit_count_ = 0;
  int64_t return_period_ = 0;  // 0: nobody comes back.
  int64_t last_visit_events_ = 0;
  std::vector<int64_t> block_first_event_;
};

}  // namespace rcml::generator
