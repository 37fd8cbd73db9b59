#include "generator/truth.h"

#include <algorithm>
#include <numeric>

#include "core/clock.h"
#include "generator/pages.h"

namespace rcml::generator {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;
constexpr int kFunnelSteps = 4;

// 0 product_view ... 3 purchase; -1 for the others.
int funnel_step(EventType type) {
  switch (type) {
    case EventType::product_view: return 0;
    case EventType::add_to_cart: return 1;
    case EventType::checkout: return 2;
    case EventType::purchase: return 3;
    default: return -1;
  }
}

size_t index_of(EventType type) { return static_cast<size_t>(type); }

SessionCounts count_session(std::span<const EventRecord> events) {
  SessionCounts counts;
  counts.sessions = 1;
  counts.duration_us = events.back().event_us - events.front().event_us;
  int furthest = -1;
  int in_order = 0;  // Steps taken one after the other so far.
  for (const EventRecord& event : events) {
    ++counts.events[index_of(event.type)];
    counts.revenue_cents += event.revenue_cents;
    const int step = funnel_step(event.type);
    furthest = std::max(furthest, step);
    if (step == in_order) ++in_order;
  }
  for (int step = 0; step < kFunnelSteps; ++step) {
    counts.reached[static_cast<size_t>(step)] = furthest >= step ? 1 : 0;
    counts.ordered[static_cast<size_t>(step)] = in_order > step ? 1 : 0;
  }
  counts.converted = counts.events[index_of(EventType::purchase)] > 0 ? 1 : 0;
  const EventType only = events.front().type;
  counts.bounces = events.size() == 1 && (only == EventType::page_view || only == EventType::product_view) ? 1 : 0;
  return counts;
}

uint8_t campaign_of(std::span<const EventRecord> events) {
  for (const EventRecord& event : events) {
    if (event.campaign != 0) return event.campaign;
  }
  return 0;
}

template <class Numbers>
void add_each(Numbers& to, const Numbers& from) {
  for (size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

}  // namespace

void SessionCounts::operator+=(const SessionCounts& other) {
  sessions += other.sessions;
  converted += other.converted;
  bounces += other.bounces;
  visitors += other.visitors;
  new_visitors += other.new_visitors;
  duration_us += other.duration_us;
  revenue_cents += other.revenue_cents;
  add_each(events, other.events);
  add_each(reached, other.reached);
  add_each(ordered, other.ordered);
}

int64_t SessionCounts::event_count() const { return std::accumulate(events.begin(), events.end(), int64_t{0}); }

int64_t FaultCounts::malformed_total() const { return std::accumulate(malformed.begin(), malformed.end(), int64_t{0}); }

bool is_bot_session(std::span<const EventRecord> events) {
  constexpr size_t kEventsMax = 500;
  constexpr size_t kPerMinuteMax = 100;
  constexpr size_t kEqualGapsEventsMin = 10;
  if (events.size() > kEventsMax) return true;
  for (size_t i = kPerMinuteMax; i < events.size(); ++i) {
    if (events[i].event_us - events[i - kPerMinuteMax].event_us < 60 * kMicrosPerSecond) return true;
  }
  if (events.size() < kEqualGapsEventsMin) return false;
  const int64_t gap = events[1].event_us - events[0].event_us;
  for (size_t i = 2; i < events.size(); ++i) {
    if (events[i].event_us - events[i - 1].event_us != gap) return false;
  }
  return true;
}

Truth::Truth() : pages{std::vector<int64_t>(kPageCodes), std::vector<int64_t>(kPageCodes)} {}

DayTruth& Truth::day(int64_t us) {
  const int32_t dt = dt_of(UtcMicros(us)).value;
  if (dt != cached_day_) {
    cached_ = &days[dt];
    cached_day_ = dt;
  }
  return *cached_;
}

void Truth::add_visit(std::span<const EventRecord> events, const Shopper& shopper) {
  // A change of the known customer ends a session; events without a customer stay with the one before.
  size_t first = 0;
  int customer = -1;  // Of the session so far: unknown, the owner (0) or the partner (1).
  for (size_t i = 0; i < events.size(); ++i) {
    if (!events[i].has_customer) continue;
    const int now = events[i].is_partner ? 1 : 0;
    if (customer >= 0 && now != customer) {
      add_session(events.subspan(first, i - first), shopper, customer == 1);
      first = i;
    }
    customer = now;
  }
  if (first < events.size()) add_session(events.subspan(first), shopper, customer == 1);
}

void Truth::add_session(std::span<const EventRecord> events, const Shopper& shopper, bool is_partner) {
  const bool bot = is_bot_session(events);
  SessionCounts counts = count_session(events);
  const bool is_new = is_partner || shopper.is_new_visitor;
  counts.new_visitors = is_new ? 1 : 0;
  counts.visitors = is_partner || shopper.is_first_of_day ? 1 : 0;
  DayTruth& start_day = day(events.front().event_us);
  (bot ? start_day.bots : start_day.people) += counts;
  add_events(events, bot);
  if (bot) return;
  counts.visitors = counts.new_visitors;  // Over the whole run.
  devices[events.front().device] += counts;
  campaigns[campaign_of(events)] += counts;
  add_shape(events);
}

void Truth::add_events(std::span<const EventRecord> events, bool bot) {
  auto& by_hour = hours[bot ? 1 : 0];
  auto& by_page = pages[bot ? 1 : 0];
  int64_t hour_end = INT64_MIN;
  int64_t* hour_count = nullptr;
  TypeCounts* by_type = nullptr;
  for (const EventRecord& event : events) {
    if (event.event_us >= hour_end) {
      const int64_t hour = event.event_us / kMicrosPerHour;
      hour_end = (hour + 1) * kMicrosPerHour;
      hour_count = &by_hour[static_cast<size_t>((hour / 24 + 3) % 7)][static_cast<size_t>(hour % 24)];
      DayTruth& event_day = day(event.event_us);
      by_type = bot ? &event_day.bot_events : &event_day.people_events;
    }
    ++*hour_count;
    ++(*by_type)[index_of(event.type)];
    ++by_page[event.page];
  }
}

void Truth::add_shape(std::span<const EventRecord> events) {
  ++shape.lengths[std::min(events.size(), shape.lengths.size() - 1)];
  ++shape.start_hours[static_cast<size_t>(events.front().event_us / kMicrosPerHour % 24)];
  for (size_t i = 1; i < events.size(); ++i) {
    const auto seconds = static_cast<size_t>((events[i].event_us - events[i - 1].event_us) / kMicrosPerSecond);
    ++shape.gap_seconds[std::min(seconds, shape.gap_seconds.size() - 1)];
  }
}

void Truth::merge(const Truth& other) {
  faults.lines += other.faults.lines;
  faults.duplicates += other.faults.duplicates;
  faults.conflicts += other.faults.conflicts;
  faults.late += other.faults.late;
  faults.late_over_a_day += other.faults.late_over_a_day;
  faults.out_of_order += other.faults.out_of_order;
  add_each(faults.malformed, other.faults.malformed);
  open_sessions += other.open_sessions;
  for (const auto& [dt, from] : other.days) {
    DayTruth& to = days[dt];
    to.people += from.people;
    to.bots += from.bots;
    add_each(to.people_events, from.people_events);
    add_each(to.bot_events, from.bot_events);
  }
  add_each(devices, other.devices);
  add_each(campaigns, other.campaigns);
  for (size_t bot = 0; bot < 2; ++bot) {
    for (size_t weekday = 0; weekday < 7; ++weekday) add_each(hours[bot][weekday], other.hours[bot][weekday]);
    add_each(pages[bot], other.pages[bot]);
  }
  add_each(shape.lengths, other.shape.lengths);
  add_each(shape.gap_seconds, other.shape.gap_seconds);
  add_each(shape.start_hours, other.shape.start_hours);
}

SessionCounts Truth::people() const {
  SessionCounts sum;
  for (const auto& [dt, day] : days) sum += day.people;
  sum.visitors = sum.new_visitors;  // Distinct over the run, not the sum of the days.
  return sum;
}

SessionCounts Truth::bots() const {
  SessionCounts sum;
  for (const auto& [dt, day] : days) sum += day.bots;
  sum.visitors = sum.new_visitors;
  return sum;
}

}  // namespace rcml::generator
