#include "cli/run_schedule.h"

#include <algorithm>

namespace rcml::cli {
namespace {

constexpr int kUnavailableExit = 3;

int64_t millis_of(UtcMicros at) { return at.value / 1000; }

}  // namespace

Millis until_next(UtcMicros now, Millis every) { return Millis(every.value - millis_of(now) % every.value); }

Millis wait_after(int exit_code, UtcMicros now, Millis every, Millis retry_delay) {
  const Millis next = until_next(now, every);
  return exit_code == kUnavailableExit ? Millis(std::min(next.value, retry_delay.value)) : next;
}

bool is_care_due(std::optional<UtcMicros> last, UtcMicros now, Millis care_every) {
  if (care_every.value == 0) return false;
  return !last || millis_of(now) / care_every.value > millis_of(*last) / care_every.value;
}

}  // namespace rcml::cli
