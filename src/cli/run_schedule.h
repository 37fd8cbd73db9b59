// cli/run_schedule.h: when does `rcml run --every` begin its next round, and when does it care for the lake?
//
// Pure. The caller passes `now`, so a test may live at any hour. Times are whole multiples of a period since 1970, as a
// clock on the wall has them: 1h means at each full hour. A moment that passed while a round was at work is not made up
// for: a round takes everything that is new, so the next one makes up for all of them.
#pragma once

#include <optional>

#include "core/ids.h"

namespace rcml::cli {

// From `now` to the next multiple of `every`; never zero.
Millis until_next(UtcMicros now, Millis every);

// How long to wait after a round that ended with `exit_code`. Only what may pass by itself (3: unavailable) is tried
// again before its time; what needs a person would fail the same way.
Millis wait_after(int exit_code, UtcMicros now, Millis every, Millis retry_delay);

// `last` is when the care last succeeded. Nothing keeps that over a restart, so a new process begins with nullopt and
// cares once: without work to do that costs a look at the log.
bool is_care_due(std::optional<UtcMicros> last, UtcMicros now, Millis care_every);

}  // namespace rcml::cli
