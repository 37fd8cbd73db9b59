// core/back_off.h: how long to wait before something is tried again.
#pragma once

#include "core/ids.h"

namespace rcml {

// Doubles with each try from `first` on, up to `wait_max`; a random half of it, so that many who failed together do not
// come back together. `tries_before`: 0 before the first repetition.
Millis back_off(int64_t tries_before, Millis first, Millis wait_max);

}  // namespace rcml
