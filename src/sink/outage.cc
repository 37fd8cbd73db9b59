#include "sink/outage.h"

#include <chrono>
#include <thread>

#include "core/back_off.h"
#include "core/clock.h"
#include "core/stop.h"

namespace rcml::sink {
namespace {

constexpr Millis kFirstWait{10};
constexpr Millis kStopWait{5000};  // A store that is only slow gets its chance to take what is held.

int64_t micros(Millis span) { return span.value * 1000; }

}  // namespace

bool Outage::wait() {
  const UtcMicros now = monotonic_now();
  if (began_.value == 0) {
    began_ = now;
    if (limits_.start != nullptr) limits_.start->store(now.value, std::memory_order_relaxed);
  }
  if (now.value - began_.value >= micros(limits_.lasts_max)) return false;
  const Millis span = back_off(tries_++, kFirstWait, limits_.wait_max);
  if (!stop_requested()) {
    sleep_or_stop(span);
    return true;
  }
  if (stop_at_.value == 0) stop_at_ = now;
  if (now.value - stop_at_.value >= micros(kStopWait)) return false;
  std::this_thread::sleep_for(std::chrono::milliseconds(span.value));
  return true;
}

void Outage::end() {
  if (began_.value != 0 && limits_.start != nullptr) limits_.start->store(0, std::memory_order_relaxed);
  began_ = stop_at_ = UtcMicros(0);
  tries_ = 0;
}

Millis Outage::lasted() const { return Millis(began_.value == 0 ? 0 : (monotonic_now().value - began_.value) / 1000); }

}  // namespace rcml::sink
