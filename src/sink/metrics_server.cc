#include "sink/metrics_server.h"

#include <httplib.h>

#include <chrono>
#include <thread>

#include "core/clock.h"
#include "core/log.h"
#include "lake/store/s3.h"
#include "sink/metrics_text.h"

namespace rcml::sink {

struct MetricsServer::State {
  httplib::Server server;
  std::thread thread;
  int port = 0;
};

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}

MetricsServer::~MetricsServer() {
  state_->server.stop();
  if (state_->thread.joinable()) state_->thread.join();
}

int MetricsServer::port() const { return state_->port; }

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const std::string& listen, Millis stall_max,
                                                            const Metrics& metrics) {
  const size_t colon = listen.rfind(':');
  if (colon == std::string::npos)
    return bad_config("\"" + listen + "\" is no HOST:PORT", "Write it as --metrics 127.0.0.1:9464");
  const std::string host = listen.substr(0, colon);
  const int wanted = std::atoi(listen.c_str() + colon + 1);
  auto state = std::make_unique<State>();
  state->server.Get("/metrics", [&metrics](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics_text(metrics, utc_now(), monotonic_now(), lake::s3_retries()),
                         "text/plain; version=0.0.4; charset=utf-8");
  });
  state->server.Get("/healthz", [&metrics, stall_max](const httplib::Request&, httplib::Response& response) {
    const Health health = health_of(metrics, monotonic_now(), stall_max);
    response.status = health.is_well ? 200 : 503;
    response.set_content(health.text, "text/plain; charset=utf-8");
  });
  state->port = wanted > 0 ? (state->server.bind_to_port(host.c_str(), wanted) ? wanted : -1)
                           : state->server.bind_to_any_port(host.c_str());
  if (state->port <= 0)
    return bad_config("cannot listen on " + listen, "Is another program there? Name another port: --metrics HOST:PORT");
  state->thread = std::thread([raw = state.get()] { raw->server.listen_after_bind(); });
  // A stop() before the server runs would be lost, and the destructor would wait for ever.
  while (!state->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  log_info("metrics", {{"url", "http://" + host + ":" + std::to_string(state->port) + "/metrics"}});
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(state)));
}

}  // namespace rcml::sink
