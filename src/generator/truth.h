// generator/truth.h: what really happened, counted while it is made. docs/formats/truth.md has the definitions.
//
// Counts are added up per thread and merged at the end: whole numbers, so the order of merging cannot matter, and the
// memory depends on the number of days and pages, not of events.
#pragma once

#include <array>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "contract/event.h"
#include "generator/calibration.h"
#include "generator/event_record.h"
#include "generator/shopper.h"

namespace rcml::generator {

inline constexpr size_t kTypeCount = static_cast<size_t>(EventType::type_count);
using TypeCounts = std::array<int64_t, kTypeCount>;

// Sums over sessions. Steps of the funnel after the session itself: product_view, add_to_cart, checkout, purchase.
struct SessionCounts {
  int64_t sessions = 0;
  int64_t converted = 0;
  int64_t bounces = 0;
  int64_t visitors = 0;      // First sessions of their visitor within the row's time.
  int64_t new_visitors = 0;  // First sessions of their visitor in the run.
  int64_t duration_us = 0;
  int64_t revenue_cents = 0;
  TypeCounts events{};
  std::array<int64_t, 4> reached{};
  std::array<int64_t, 4> ordered{};

  void operator+=(const SessionCounts& other);
  int64_t event_count() const;
};

struct DayTruth {
  SessionCounts people;    // Of sessions that started on this UTC date.
  SessionCounts bots;
  TypeCounts people_events{};  // Of events that happened on this UTC date.
  TypeCounts bot_events{};
};

struct FaultCounts {
  int64_t lines = 0;
  int64_t duplicates = 0;
  int64_t conflicts = 0;
  int64_t late = 0;
  int64_t late_over_a_day = 0;
  int64_t out_of_order = 0;
  std::array<int64_t, static_cast<size_t>(contract::RejectReason::reason_count)> malformed{};

  int64_t malformed_total() const;
};

// What the calibration check looks at: people only.
struct Shape {
  std::array<int64_t, 502> lengths{};      // Sessions by events; the last: more.
  std::array<int64_t, 1801> gap_seconds{};
  std::array<int64_t, 24> start_hours{};   // UTC.
};

class Truth {
 public:
  Truth();
  // The events of one visit, in order; may hold several sessions when the device changes hands.
  void add_visit(std::span<const EventRecord> events, const Shopper& shopper);
  void merge(const Truth& other);

  SessionCounts people() const;
  SessionCounts bots() const;

  FaultCounts faults;
  int64_t open_sessions = 0;  // Live: still going on when the run ended.
  std::map<int32_t, DayTruth> days;  // By days since 1970-01-01.
  std::array<SessionCounts, device_count> devices{};                 // People.
  std::array<SessionCounts, kCampaigns.size()> campaigns{};          // People; 0: none.
  std::array<std::array<std::array<int64_t, 24>, 7>, 2> hours{};     // [is_bot][Monday first][UTC hour]
  std::array<std::vector<int64_t>, 2> pages;                         // [is_bot][page code]
  Shape shape;

 private:
  void add_session(std::span<const EventRecord> events, const Shopper& shopper, bool is_partner);
  void add_events(std::span<const EventRecord> events, bool bot);
  void add_shape(std::span<const EventRecord> events);
  DayTruth& day(int64_t us);

  int32_t cached_day_ = INT32_MIN;
  DayTruth* cached_ = nullptr;  // Into `days`, whose nodes stay where they are.
};

// The rules of docs/formats/truth.md on one session, whatever its maker had in mind.
bool is_bot_session(std::span<const EventRecord> events);

}  // namespace rcml::generator
