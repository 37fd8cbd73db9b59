// generator/faults.h: what goes wrong on the way from a browser to the log, at given rates.
#pragma once

#include <vector>

#include "generator/event_record.h"
#include "generator/generator.h"
#include "generator/random.h"
#include "generator/truth.h"

namespace rcml::generator {

class FaultInjector {
 public:
  FaultInjector(const Faults& rates, uint64_t seed);
  // Delays events of `records` from `first` on and appends extra lines to it: copies, conflicting copies (both always
  // later than their original) and malformed lines. Counts all lines and all faults in `counts`.
  void inject(std::vector<EventRecord>& records, size_t first, FaultCounts& counts) const;
  // The longest delay: an original that is late, and its copy after it.
  static constexpr int64_t kDelayUsMax = (72 + 1) * 3'600'000'000LL;

 private:
  void delay(EventRecord& record, uint64_t random32, Random& random, FaultCounts& counts) const;

  uint64_t seed_;
  bool is_clean_;
  // Thresholds for 32 random bits; the two of a pair share one number.
  uint64_t late_below_, out_of_order_below_;
  uint64_t copy_below_, malformed_below_;
};

}  // namespace rcml::generator
