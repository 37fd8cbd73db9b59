// sink/metrics_server.h: /metrics for Prometheus and /healthz for whoever restarts a stalled worker, over plain HTTP.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "sink/metrics.h"

namespace rcml::sink {

class MetricsServer {
 public:
  // `listen` is HOST:PORT; port 0 takes a free one. bad_config when it cannot be bound.
  static Result<std::unique_ptr<MetricsServer>> start(const std::string& listen, Millis stall_max,
                                                      const Metrics& metrics);
  ~MetricsServer();
  int port() const;

 private:
  struct State;
  explicit MetricsServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::sink
