#include "generator/simulation.h"

#include <algorithm>
#include <thread>

#include "core/clock.h"
#include "core/stop.h"
#include "generator/ordering.h"
#include "generator/session.h"
#include "generator/shopper.h"

namespace rcml::generator {
namespace {

constexpr int64_t kTailWindows = 256;
constexpr size_t kWriteBytes = 4 << 20;

PlanOptions plan_options(const GeneratorOptions& options) {
  const int64_t events = options.event_count > 0 ? options.event_count : options.days * kEventsPerDay;
  return {options.seed, options.start, options.days, events, options.faults.bots};
}

}  // namespace

struct Simulation::Worker {
  explicit Worker(std::string prefix) : renderer(std::move(prefix)) {}

  Truth truth;
  Renderer renderer;
  std::vector<EventRecord> records;
  std::vector<Spill> later;
  std::vector<uint32_t> order;
  ArrivalOrder arrival_order;
};

Simulation::Simulation(const GeneratorOptions& options, broker::EventWriter& out)
    : options_(options), out_(out), plan_(plan_options(options)), faults_(options.faults, options.seed) {
  lay_out_windows();
}

void Simulation::lay_out_windows() {
  const int64_t blocks = plan_.block_count();
  for (int64_t block = 0; block < blocks; ++block) {
    window_starts_us_.push_back(plan_.start(plan_.block_first_visit(block)).value);
  }
  const int64_t last_start = plan_.start(plan_.visit_count() - 1).value;
  constexpr int64_t kVisitUsMax = 4 * 3'600 * kMicrosPerSecond;
  const int64_t width = (kVisitUsMax + FaultInjector::kDelayUsMax) / kTailWindows + 1;
  for (int64_t i = 0; i <= kTailWindows; ++i) window_starts_us_.push_back(last_start + 1 + i * width);
  pending_.resize(window_starts_us_.size() - 1);
}

int64_t Simulation::window_of(int64_t arrival_us, int64_t not_before) const {
  const auto first = window_starts_us_.begin();
  // Nearly all arrive within the next windows; the late ones are worth a search.
  for (int64_t window = not_before; window < not_before + 4; ++window) {
    if (window + 1 >= std::ssize(window_starts_us_) || arrival_us < first[window + 1]) return window;
  }
  return std::upper_bound(first + not_before, window_starts_us_.end() - 1, arrival_us) - first - 1;
}

Result<std::unique_ptr<Truth>> Simulation::run() {
  const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
  const auto threads = std::min<int64_t>(options_.threads > 0 ? options_.threads : cores, std::ssize(pending_));
  std::vector<std::unique_ptr<Worker>> workers;
  for (int64_t i = 0; i < threads; ++i) workers.push_back(std::make_unique<Worker>(event_id_prefix(options_)));
  {
    std::vector<std::jthread> running;
    for (auto& worker : workers) running.emplace_back([this, one = worker.get()] { work(*one); });
  }
  if (error_) return *std::move(error_);
  auto truth = std::make_unique<Truth>();
  for (const auto& worker : workers) truth->merge(worker->truth);
  return truth;
}

void Simulation::work(Worker& worker) {
  for (;;) {
    const int64_t window = next_window_.fetch_add(1);
    if (window >= std::ssize(pending_) || !do_window(worker, window)) return;
  }
}

bool Simulation::do_window(Worker& worker, int64_t window) {
  worker.records.clear();
  worker.later.clear();
  if (window < plan_.block_count()) make_block(worker, window);
  if (!hand_over_turns_.wait(window)) return false;
  hand_over(worker, window);
  hand_over_turns_.done();
  worker.arrival_order.sort(worker.records, worker.order);
  const auto lines = worker.renderer.render(worker.records, worker.order);
  if (!write_turns_.wait(window)) return false;
  if (stop_requested()) {
    fail({ErrorKind::cancelled, "stopped after " + std::to_string(lines_written_) + " lines, before the end of the run",
          "What was written stays; no truth was written"});
    return false;
  }
  const Status status = out_.write_many(lines.bytes, lines.events);
  if (!status.ok()) {
    fail(status.error());
    return false;
  }
  lines_written_ += std::ssize(lines.events);
  if (options_.on_progress) options_.on_progress(lines_written_, plan_.options().event_count);
  write_turns_.done();
  return true;
}

void Simulation::make_block(Worker& worker, int64_t block) const {
  auto next_event = static_cast<uint64_t>(plan_.block_first_event(block));
  for (int64_t number = plan_.block_first_visit(block); number < plan_.block_end_visit(block); ++number) {
    const Visit visit = plan_.visit(number);
    const Shopper shopper = shopper_of(plan_, number, visit);
    const size_t first = worker.records.size();
    append_visit(plan_, {number, next_event, plan_.start(number)}, visit, shopper, worker.records);
    next_event += static_cast<uint64_t>(visit.event_count);
    worker.truth.add_visit({worker.records.data() + first, worker.records.size() - first}, shopper);
    faults_.inject(worker.records, first, worker.truth.faults);
  }
  set_aside_later_arrivals(worker, block);
}

void Simulation::set_aside_later_arrivals(Worker& worker, int64_t block) const {
  const int64_t end_us = window_starts_us_[static_cast<size_t>(block) + 1];
  const auto stays = [&](const EventRecord& record) {
    if (record.arrival_us < end_us) return true;
    worker.later.push_back({window_of(record.arrival_us, block + 1), record});
    return false;
  };
  size_t kept = 0;
  for (const EventRecord& record : worker.records) {
    if (stays(record)) worker.records[kept++] = record;
  }
  worker.records.resize(kept);
}

void Simulation::hand_over(Worker& worker, int64_t window) {
  for (const Spill& spill : worker.later) pending_[static_cast<size_t>(spill.window)].push_back(spill.record);
  auto& waiting = pending_[static_cast<size_t>(window)];
  worker.records.insert(worker.records.end(), waiting.begin(), waiting.end());
  waiting = {};
}

void Simulation::fail(Error error) {
  {
    const std::lock_guard lock(error_mutex_);
    if (!error_) error_ = std::move(error);
  }
  hand_over_turns_.give_up();
  write_turns_.give_up();
}

}  // namespace rcml::generator
