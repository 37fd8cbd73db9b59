// sink/outage.h: how long a store that does not answer is tried again, and since when it has not.
#pragma once

#include <atomic>
#include <cstdint>

#include "core/ids.h"

namespace rcml::sink {

// When the store last stopped answering (monotonic microseconds), 0 while it answers. Read by the health page.
using OutageStart = std::atomic<int64_t>;

struct OutageLimits {
  Millis lasts_max = Millis(60'000);  // Then it is an error.
  Millis wait_max = Millis(2000);     // Between two tries; grows from 10 ms, with jitter.
  OutageStart* start = nullptr;       // Set to the start of the outage, if given.
};

// One outage after another. Not thread-safe.
class Outage {
 public:
  explicit Outage(const OutageLimits& limits) : limits_(limits) {}
  ~Outage() { end(); }
  Outage(const Outage&) = delete;
  Outage& operator=(const Outage&) = delete;

  // After a failed try: waits and returns true when there should be another, false when the outage has lasted too long.
  // Once the program was asked to stop, it goes on for some seconds only.
  bool wait();
  void end();  // The store has answered.
  Millis lasted() const;

 private:
  const OutageLimits limits_;
  UtcMicros began_;    // 0: there is none.
  UtcMicros stop_at_;  // When a stop was first noticed; 0: never.
  int64_t tries_ = 0;
};

}  // namespace rcml::sink
