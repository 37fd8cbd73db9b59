// sink/metrics_text.h: the metrics of a stream in Prometheus' text exposition format 0.0.4, and its health.
#pragma once

#include <string>

#include "core/ids.h"
#include "sink/metrics.h"

namespace rcml::sink {

// Times: `now` is UTC (for freshness), `monotonic` measures spans. `store_retries`: see lake::s3_retries.
std::string metrics_text(const Metrics& metrics, UtcMicros now, UtcMicros monotonic, int64_t store_retries);

struct Health {
  bool is_well = true;
  std::string text;  // One line.
};
// Not well when events wait and nothing was committed for `stall_max`, and when the store has not answered for some
// seconds.
Health health_of(const Metrics& metrics, UtcMicros monotonic, Millis stall_max);

}  // namespace rcml::sink
