// generator/generator.h: simulated shoppers: what they do, and the truth of what they did. See README.md of this folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "broker/event_source.h"
#include "core/result.h"
#include "generator/check.h"

namespace rcml::generator {

// Faults and shape, as rates in 0..1.
struct Faults {
  double duplicates = 0;  // Extra copies; one in twenty with the same id and another payload.
  double late = 0;  // Arrive 1 hour to 3 days after they happened.
  double out_of_order = 0;  // Arrive seconds to minutes after they happened.
  double malformed = 0;  // Extra lines that no decoder may accept (a spread of the J-cases).
  double bots = 0;  // Share of the events made by bots.
};

struct GeneratorOptions {
  uint64_t seed = 1;
  UtcMicros start;  // Simulated time of the first visits.
  int32_t days = 7;
  int64_t event_count = 0;  // Good events wanted in all (humans and bots); 0: as the days bring. Exact when given.
  bool is_live = false;
  double live_rate_per_second = 500;
  int64_t live_seconds_max = 0;  // 0: until stopped.
  int32_t threads = 0;  // 0: one per core. Never changes the output of a seed.
  Faults faults;
  std::string truth_dir;  // Empty: no truth is written.
  bool has_truth_ids = false;  // Beside the truth, event_ids.txt: every good event's id, sorted.
  bool is_checked = false;  // Compare the run with the calibration (check.h).
  std::function<void(int64_t lines, int64_t lines_expected)> on_progress;  // From any thread, one at a time.
};

struct GeneratedCounts {
  int64_t lines = 0;  // All that was written, faults included.
  int64_t events = 0;  // Distinct good events.
  CheckReport check;  // When asked for.
};

// As many events as that many days bring when no number was given.
inline constexpr int64_t kEventsPerDay = 100'000;

// Writes until done, or until a stop is requested. The truth is written last, atomically. A simulated run that is
// stopped before its end is an Error (cancelled) and leaves no truth; a live one is done whenever it is stopped.
// `out` is used by one thread at a time and closed at the end.
Result<GeneratedCounts> generate(const GeneratorOptions& options, broker::EventWriter& out);

// What every event id of a run begins with; twelve hexadecimal digits of the event's number follow.
std::string event_id_prefix(const GeneratorOptions& options);

}  // namespace rcml::generator
