// core/stop.h: SIGTERM and SIGINT ask long work to drain: flush, commit, exit 0. A second signal ends it at once.
#pragma once

#include "core/ids.h"

namespace rcml {

// Installs the handlers; call once from main.
void install_stop_signals();
bool stop_requested();
// For tests and for embedding: the same as one SIGTERM.
void request_stop();
// Sleeps up to `span`, waking early when a stop is requested. Returns stop_requested().
bool sleep_or_stop(Millis span);

}  // namespace rcml
