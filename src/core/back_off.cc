#include "core/back_off.h"

#include <algorithm>
#include <random>

namespace rcml {

Millis back_off(int64_t tries_before, Millis first, Millis wait_max) {
  thread_local std::minstd_rand random{std::random_device{}()};
  const int64_t ceiling = std::min(wait_max.value, first.value << std::min<int64_t>(tries_before, 20));
  return Millis(ceiling / 2 + static_cast<int64_t>(random() % static_cast<uint64_t>(ceiling / 2 + 1)));
}

}  // namespace rcml
