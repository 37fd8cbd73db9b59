// sink/metrics_server.h: /metrics for Prometheus and /healthz for whoever restarts a stalled worker, over plain HTTP.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "sink/metrics.h"

namespace rcml::sink {

struct MetricsOptions {
  std::string listen;  // HOST:PORT; port 0 takes a free one.
  std::vector<std::string>
      hosts;  // Names to serve for, beside localhost and addresses. Empty: all, but on loopback none.
  Millis stall_max;
};

class MetricsServer {
 public:
  // `metrics` must outlive the server. bad_config when it cannot be bound or a host is not one.
  static Result<std::unique_ptr<MetricsServer>> start(const MetricsOptions& options, const Metrics& metrics);
  ~MetricsServer();
  int port() const;

 private:
  struct State;
  explicit MetricsServer(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::sink
