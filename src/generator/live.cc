#include "generator/live.h"

#include <algorithm>
#include <queue>

#include "core/clock.h"
#include "core/stop.h"
#include "generator/calibration.h"
#include "generator/faults.h"
#include "generator/plan.h"
#include "generator/renderer.h"
#include "generator/session.h"
#include "generator/shopper.h"

namespace rcml::generator {
namespace {

constexpr Millis kTick{20};
// Visits of the last minutes before the start are under way when it begins, or the first minutes would be all landings.
constexpr int64_t kUnderWayUs = 10 * 60 * kMicrosPerSecond;
// The pace may stretch a little while the rate is held; this keeps every gap inside a session below half an hour.
constexpr int64_t kLiveGapUsMax = 15 * 60 * kMicrosPerSecond;

struct LiveVisit {
  Shopper shopper;
  std::vector<EventRecord> events;  // As planned; those that happened carry the time they did.
  size_t first = 0;                 // First that happened in this run.
  size_t next = 0;
};

// Later first, for a queue that hands out the earliest.
struct Due {
  int64_t at_us;
  size_t visit;
  bool operator<(const Due& other) const { return at_us != other.at_us ? at_us > other.at_us : visit > other.visit; }
};
struct ArrivesLater {
  bool operator()(const EventRecord& a, const EventRecord& b) const { return a.arrival_us > b.arrival_us; }
};

// Shoppers on a clock of their own, the plan's: it runs as fast as it takes to bring the wanted number of events. What
// is written carries the real time.
class LiveTraffic {
 public:
  LiveTraffic(const GeneratorOptions& options, Truth& truth)
      : plan_(Plan::endless(options.seed, options.faults.bots)),
        faults_(options.faults, mix(options.seed + static_cast<uint64_t>(options.start.value))),
        truth_(truth),
        first_visit_(options.start.value / 1000 * 16),
        visit_gap_us_(std::max(1.0, 1e6 * mean_visit_events(options.faults.bots) / options.live_rate_per_second)) {
    while (next_start_us_ < 0) open_visit();
    while (!due_.empty() && due_.top().at_us < 0) skip();
  }

  // Lets `count` events happen between `from` (excluded) and `to`, then moves all lines that have arrived by `to` to
  // `lines`, in order.
  void happen(int64_t count, UtcMicros from, UtcMicros to, std::vector<EventRecord>& lines) {
    for (int64_t i = 1; i <= count; ++i) happen_next(from.value + (to.value - from.value) * i / count, lines);
    while (!delayed_.empty() && delayed_.top().arrival_us <= to.value) {
      lines.push_back(delayed_.top());
      delayed_.pop();
    }
    std::stable_sort(lines.begin(), lines.end(),
                     [](const EventRecord& a, const EventRecord& b) { return a.arrival_us < b.arrival_us; });
  }

  // Ends all visits where they are; what is still under way to the log arrives now.
  void finish(std::vector<EventRecord>& lines) {
    for (; !delayed_.empty(); delayed_.pop()) lines.push_back(delayed_.top());
    for (LiveVisit& visit : visits_) {
      if (visit.next == visit.events.size() || visit.next == visit.first) continue;
      ++truth_.open_sessions;
      count(visit);
    }
  }

 private:
  static double mean_visit_events(double bots) {
    // Of all visits: the share of bots among them is tiny, but they are long.
    constexpr double kPerson = kMeanLengthMilli / 1000.0;
    return kPerson / std::max(0.001, 1 - bots);
  }

  void open_visit() {
    const int64_t number = first_visit_ + visit_count_++;
    const Visit visit = plan_.visit(number);
    size_t slot = visits_.size();
    if (free_.empty()) {
      visits_.emplace_back();
    } else {
      slot = free_.back();
      free_.pop_back();
    }
    LiveVisit& live = visits_[slot];
    live = {shopper_of(plan_, number, visit), std::move(live.events), 0, 0};
    live.events.clear();
    append_visit(plan_, {number, 0, UtcMicros(static_cast<int64_t>(next_start_us_))}, visit, live.shopper, live.events);
    shorten_gaps(live.events);
    due_.push({live.events.front().event_us, slot});
    next_start_us_ += visit_gap_us_;
  }

  static void shorten_gaps(std::vector<EventRecord>& events) {
    int64_t cut = 0;
    for (size_t i = 1; i < events.size(); ++i) {
      events[i].event_us -= cut;
      const int64_t excess = events[i].event_us - events[i - 1].event_us - kLiveGapUsMax;
      if (excess <= 0) continue;
      events[i].event_us -= excess;
      cut += excess;
    }
  }

  // The earliest visit's next event happened before the run began.
  void skip() {
    const size_t slot = due_.top().visit;
    due_.pop();
    LiveVisit& visit = visits_[slot];
    visit.first = ++visit.next;
    if (visit.next < visit.events.size()) {
      due_.push({visit.events[visit.next].event_us, slot});
    } else {
      free_.push_back(slot);
    }
  }

  void happen_next(int64_t now_us, std::vector<EventRecord>& lines) {
    while (due_.empty() || next_start_us_ <= static_cast<double>(due_.top().at_us)) open_visit();
    const size_t slot = due_.top().visit;
    due_.pop();
    LiveVisit& visit = visits_[slot];
    EventRecord& event = visit.events[visit.next++];
    event.event_us = event.arrival_us = now_us;
    event.event_number = event_count_++;
    send(event, lines);
    if (visit.next < visit.events.size()) {
      due_.push({visit.events[visit.next].event_us, slot});
    } else {
      count(visit);
      free_.push_back(slot);
    }
  }

  void send(const EventRecord& event, std::vector<EventRecord>& lines) {
    sent_.assign(1, event);
    faults_.inject(sent_, 0, truth_.faults);
    for (const EventRecord& line : sent_) {
      if (line.arrival_us == event.event_us) {
        lines.push_back(line);
      } else {
        delayed_.push(line);
      }
    }
  }

  void count(const LiveVisit& visit) {
    truth_.add_visit({visit.events.data() + visit.first, visit.next - visit.first}, visit.shopper);
  }

  Plan plan_;
  FaultInjector faults_;
  Truth& truth_;
  int64_t first_visit_;   // Numbers of visits, and so of people, that no earlier live run had.
  double visit_gap_us_;
  double next_start_us_ = -static_cast<double>(kUnderWayUs);
  int64_t visit_count_ = 0;
  uint64_t event_count_ = 0;
  std::vector<LiveVisit> visits_;
  std::vector<size_t> free_;  // Slots of visits_ that are over.
  std::priority_queue<Due> due_;
  std::priority_queue<EventRecord, std::vector<EventRecord>, ArrivesLater> delayed_;
  std::vector<EventRecord> sent_;
};

class LineSender {
 public:
  LineSender(const GeneratorOptions& options, broker::EventWriter& out)
      : renderer_(event_id_prefix(options)), out_(out) {}

  Status send(std::vector<EventRecord>& lines) {
    if (lines.empty()) return {};
    order_.resize(lines.size());
    for (uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
    const auto rendered = renderer_.render(lines, order_);
    RCML_OK(out_.write_many(rendered.bytes, rendered.events));
    lines.clear();
    return out_.flush();
  }

 private:
  Renderer renderer_;
  broker::EventWriter& out_;
  std::vector<uint32_t> order_;
};

}  // namespace

Result<std::unique_ptr<Truth>> run_live(const GeneratorOptions& options, broker::EventWriter& out) {
  auto truth = std::make_unique<Truth>();
  LiveTraffic traffic(options, *truth);
  LineSender sender(options, out);
  std::vector<EventRecord> lines;
  const UtcMicros begin = monotonic_now();
  const int64_t end_us = options.live_seconds_max > 0 ? options.live_seconds_max * kMicrosPerSecond : INT64_MAX;
  UtcMicros last = utc_now();
  int64_t happened = 0;
  for (bool is_over = false; !is_over;) {
    is_over = sleep_or_stop(kTick);
    const int64_t elapsed_us = std::min(monotonic_now().value - begin.value, end_us);
    is_over = is_over || elapsed_us == end_us;
    const auto due =
        static_cast<int64_t>(options.live_rate_per_second * static_cast<double>(elapsed_us) / 1e6) - happened;
    // A clock set back must not take the events with it: their order in a session is their order in time.
    const UtcMicros now(std::max(utc_now().value, last.value + due));
    traffic.happen(due, last, now, lines);
    happened += due;
    last = now;
    RCML_OK(sender.send(lines));
    if (options.on_progress) options.on_progress(truth->faults.lines, 0);
  }
  traffic.finish(lines);
  RCML_OK(sender.send(lines));
  return truth;
}

}  // namespace rcml::generator
