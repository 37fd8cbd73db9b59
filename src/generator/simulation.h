// generator/simulation.h: a run in simulated time: blocks of visits made in parallel, written in order of arrival.
//
// Window w of the output is the time from the start of block w's first visit to that of the next block's. Nothing
// arrives before its visit starts, so window w is complete once the blocks 0..w are made. Each thread makes a block,
// hands what arrives later to the windows it belongs to, takes what earlier blocks left for its own window, sorts and
// renders it, and writes it. Handing over and writing are in the order of blocks, all else is in parallel. Behind the
// last block come windows without visits, for what arrives late.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <vector>

#include "generator/faults.h"
#include "generator/generator.h"
#include "generator/plan.h"
#include "generator/renderer.h"
#include "generator/truth.h"
#include "generator/turns.h"

namespace rcml::generator {

class Simulation {
 public:
  // Both live longer than the simulation.
  Simulation(const GeneratorOptions& options, broker::EventWriter& out);

  // Runs to the end; the truth of all that was written.
  Result<std::unique_ptr<Truth>> run();

 private:
  struct Spill {
    int64_t window;
    EventRecord record;
  };
  struct Worker;

  void lay_out_windows();
  int64_t window_of(int64_t arrival_us, int64_t not_before) const;
  void work(Worker& worker);
  bool do_window(Worker& worker, int64_t window);
  void make_block(Worker& worker, int64_t block) const;
  void set_aside_later_arrivals(Worker& worker, int64_t block) const;
  void hand_over(Worker& worker, int64_t window);
  bool write(Worker& worker, int64_t window);
  void fail(Error error);

  const GeneratorOptions& options_;
  broker::EventWriter& out_;
  Plan plan_;
  FaultInjector faults_;
  std::vector<int64_t> window_starts_us_;             // One more entry than windows: the end, after everything.
  std::vector<std::vector<EventRecord>> pending_;     // By window; guarded by hand_over_turns_.
  std::atomic<int64_t> next_window_{0};
  Turns hand_over_turns_;
  Turns write_turns_;
  int64_t lines_written_ = 0;                         // Guarded by write_turns_.
  std::mutex error_mutex_;
  std::optional<Error> error_;
};

}  // namespace rcml::generator
