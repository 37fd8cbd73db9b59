// generator/generator.h: simulated shoppers: what they do, and the truth of what they did. See README.md of this folder.
#pragma once

#include <cstdint>
#include <string>

#include "broker/event_source.h"
#include "core/result.h"

namespace rcml::generator {

// Faults and shape, as rates in 0..1.
struct Faults {
  double duplicates = 0;
  double late = 0;          // Arrive 1 hour to 3 days after they happened.
  double out_of_order = 0;  // Arrive seconds to minutes after later events.
  double malformed = 0;     // Extra lines that no decoder may accept (a spread of the J-cases).
  double bots = 0;          // Share of the events made by bots.
};

struct GeneratorOptions {
  uint64_t seed = 1;
  UtcMicros start;             // Simulated time of the first visits.
  int32_t days = 7;
  int64_t event_count = 0;     // Good events wanted in all (humans and bots); 0: as the days bring. Exact when given.
  bool is_live = false;
  double live_rate_per_second = 500;
  int64_t live_seconds_max = 0;  // 0: until stopped.
  int32_t threads = 0;         // 0: one per core. Never changes the output of a seed.
  Faults faults;
  std::string truth_dir;       // Empty: no truth is written.
};

struct GeneratedCounts {
  int64_t lines = 0;   // All that was written, faults included.
  int64_t events = 0;  // Distinct good events.
};

// Writes until done, or until a stop is requested (live). The truth is written last, atomically.
Result<GeneratedCounts> generate(const GeneratorOptions& options, broker::EventWriter& out);

}  // namespace rcml::generator
