#include "generator/plan.h"

#include <algorithm>

#include "core/clock.h"
#include "core/result.h"
#include "generator/calibration.h"

namespace rcml::generator {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;

// Events of the three kinds of bots; each kind trips one rule of docs/formats/truth.md by a wide margin.
struct BotLength {
  uint64_t weight_percent;
  int32_t events_min;
  int32_t events_span;
};
constexpr BotLength kBurst{40, 300, 1201};
constexpr BotLength kCrawler{20, 600, 901};
constexpr BotLength kClock{40, 40, 161};
constexpr int64_t kMeanBotEvents = 618;

Visit bot_visit(uint64_t random) {
  const uint64_t percent = below(random, 100);
  const uint64_t length = mix(random);
  const auto of = [&](VisitKind kind, const BotLength& b) {
    return Visit{kind, b.events_min + static_cast<int32_t>(below(length, static_cast<uint64_t>(b.events_span)))};
  };
  if (percent < kBurst.weight_percent) return of(VisitKind::bot_burst, kBurst);
  if (percent < kBurst.weight_percent + kCrawler.weight_percent) return of(VisitKind::bot_crawler, kCrawler);
  return of(VisitKind::bot_clock, kClock);
}

// Of a visit by a person, from 20 random bits.
VisitKind human_kind(uint64_t bits20) {
  constexpr uint64_t kScale = 1 << 20;
  if (bits20 < kScale * 55 / 100) return VisitKind::passer_by;
  return bits20 < kScale * 70 / 100 ? VisitKind::newcomer : VisitKind::regular;
}

// The run has an exact number of events, so its last visit is cut. What is left of a bot may no longer be one by the
// rules: it becomes a person, or a crawler when it is too long for a person.
Visit cut_short(const Visit& visit, int32_t events) {
  constexpr int32_t kPersonEventsMax = 500;
  if (events > kPersonEventsMax) return {VisitKind::bot_crawler, events};
  return {is_bot(visit.kind) ? VisitKind::passer_by : visit.kind, events};
}

// Monday 0.
int32_t weekday(int64_t hours_since_epoch) { return static_cast<int32_t>((hours_since_epoch / 24 + 3) % 7); }

}  // namespace

Traffic::Traffic(UtcMicros start, int32_t days) : start_us_(start.value) {
  weight_before_.reserve(static_cast<size_t>(days) * 24 + 1);
  weight_before_.push_back(0);
  const int64_t first_hour = start.value / kMicrosPerHour;
  for (int64_t hour = first_hour; hour < first_hour + days * 24L; ++hour) {
    const int64_t weight = int64_t{kHourIndex[hour % 24]} * kWeekdayIndex[weekday(hour)];
    weight_before_.push_back(weight_before_.back() + weight);
  }
}

std::array<double, 24> Traffic::hour_shares() const {
  std::array<double, 24> shares{};
  const auto first_hour = static_cast<size_t>(start_us_ / kMicrosPerHour);
  for (size_t i = 0; i + 1 < weight_before_.size(); ++i) {
    const auto weight = static_cast<double>(weight_before_[i + 1] - weight_before_[i]);
    shares[(first_hour + i) % 24] += weight / static_cast<double>(weight_before_.back());
  }
  return shares;
}

UtcMicros Traffic::at(unsigned __int128 part, unsigned __int128 whole) const {
  constexpr int kBits = 20;
  const auto total = static_cast<unsigned __int128>(weight_before_.back()) << kBits;
  const auto position = static_cast<int64_t>(part * total / whole);
  const auto after = std::upper_bound(weight_before_.begin() + 1, weight_before_.end() - 1, position >> kBits);
  const int64_t hour = after - weight_before_.begin() - 1;
  const int64_t weight = *after - *(after - 1);
  const int64_t into = position - (*(after - 1) << kBits);
  const auto us = static_cast<int64_t>(static_cast<__int128>(into) * kMicrosPerHour / (weight << kBits));
  return UtcMicros(start_us_ + hour * kMicrosPerHour + us);
}

Plan::Plan(const PlanOptions& options) : options_(options), traffic_(options.start, options.days) {
  RCML_CHECK(options.event_count > 0 && options.days > 0);
  set_bots(options.bots);
  count_visits();
  return_period_ = visit_count_ * 2 / (5 * int64_t{options.days}) + 2;
}

Plan Plan::endless(uint64_t seed, double bots) {
  Plan plan;
  plan.options_.seed = seed;
  plan.set_bots(bots);
  plan.visit_count_ = kEndless;
  return plan;
}

void Plan::set_bots(double share) {
  // A share of the events is a much smaller share of the visits. Whole millionths, so that every machine agrees.
  const auto bots = static_cast<int64_t>(share * 1'000'000.0 + 0.5);
  const int64_t from_bots = bots * kMeanLengthMilli;
  const int64_t from_people = (1'000'000 - bots) * kMeanBotEvents * 1000;
  const auto whole = static_cast<unsigned __int128>(from_bots + from_people);
  bot_threshold_ = static_cast<uint64_t>((static_cast<unsigned __int128>(from_bots) << 32) / whole);
}

void Plan::count_visits() {
  int64_t events = 0;
  for (int64_t number = 0; events < options_.event_count; ++number) {
    if (number % kBlockVisits == 0) block_first_event_.push_back(events);
    const int64_t before = events;
    events += planned(number).event_count;
    visit_count_ = number + 1;
    last_visit_events_ = options_.event_count - before;
  }
  block_first_event_.push_back(options_.event_count);
}

Visit Plan::planned(int64_t number) const {
  const uint64_t random = draw(seed(), Purpose::plan, static_cast<uint64_t>(number));
  if ((random & 0xffff'ffff) < bot_threshold_) return bot_visit(mix(random));
  VisitKind kind = human_kind((random >> 32) & 0xf'ffff);
  if (is_endless() && kind == VisitKind::regular) kind = VisitKind::newcomer;
  return {kind, static_cast<int32_t>(session_length(random))};
}

Visit Plan::visit(int64_t number) const {
  Visit visit = planned(number);
  if (number != visit_count_ - 1 || visit.event_count <= last_visit_events_) return visit;
  return cut_short(visit, static_cast<int32_t>(last_visit_events_));
}

UtcMicros Plan::start(int64_t number) const {
  // Somewhere within its own share of the traffic, so starts never overtake each other.
  constexpr int kBits = 20;
  const uint64_t jitter = draw(seed(), Purpose::start, static_cast<uint64_t>(number)) >> (64 - kBits);
  const auto part = (static_cast<unsigned __int128>(number) << kBits) + jitter;
  return traffic_.at(part, static_cast<unsigned __int128>(visit_count_) << kBits);
}

int64_t Plan::block_end_visit(int64_t block) const { return std::min((block + 1) * kBlockVisits, visit_count_); }

}  // namespace rcml::generator
