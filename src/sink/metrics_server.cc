#include "sink/metrics_server.h"

#include "core/clock.h"
#include "core/log.h"
#include "http/server.h"
#include "lake/store/s3.h"
#include "sink/metrics_text.h"

namespace rcml::sink {
namespace {

// Scrapers and probes are few: a small bound keeps the worker's memory its own.
constexpr size_t kConnectionsMax = 64;

class MetricsService : public http::Service {
 public:
  // Without `hosts` every name is answered for.
  MetricsService(const Metrics& metrics, Millis stall_max, std::optional<http::HostRule> hosts)
      : metrics_(metrics), stall_max_(stall_max), hosts_(std::move(hosts)) {}

  http::Admission admit(const http::Request& head) override {
    http::Admission admission;
    if (hosts_ && !head.host.empty() && !hosts_->allows(*http::parse_host(head.host))) {
      admission.refusal = http::text_response(
          421, "These metrics are served for localhost and IP addresses. Cure: --metrics-allow-host NAME\n");
    } else if (head.method != "GET" && head.method != "HEAD") {
      admission.refusal = http::text_response(405, "This server only reads: GET or HEAD\n");
      admission.refusal->fields.emplace_back("Allow", "GET, HEAD");
      admission.refusal->closes = true;
    }
    return admission;
  }

  void answer(http::Request& request, http::Reply reply) override {
    if (request.path == "/metrics") return reply(metrics_response());
    if (request.path == "/healthz") return reply(health_response());
    reply(http::text_response(404, "There are /metrics and /healthz\n"));
  }

 private:
  http::Response metrics_response() const {
    http::Response response =
        http::text_response(200, metrics_text(metrics_, utc_now(), monotonic_now(), lake::s3_retries()));
    response.content_type = "text/plain; version=0.0.4; charset=utf-8";
    return response;
  }
  http::Response health_response() const {
    Health health = health_of(metrics_, monotonic_now(), stall_max_);
    return http::text_response(health.is_well ? 200 : 503, std::move(health.text));
  }

  const Metrics& metrics_;
  const Millis stall_max_;
  const std::optional<http::HostRule> hosts_;
};

}  // namespace

struct MetricsServer::State {
  State(const Metrics& metrics, Millis stall_max, std::optional<http::HostRule> hosts)
      : service(metrics, stall_max, std::move(hosts)) {}
  MetricsService service;
  std::unique_ptr<http::Server> http;
};

MetricsServer::MetricsServer(std::unique_ptr<State> state) : state_(std::move(state)) {}
MetricsServer::~MetricsServer() = default;

int MetricsServer::port() const { return state_->http->port(); }

Result<std::unique_ptr<MetricsServer>> MetricsServer::start(const MetricsOptions& wanted, const Metrics& metrics) {
  http::ServerOptions options;
  RCML_TRY(options.listen, http::parse_listen(wanted.listen, "--metrics"));
  RCML_TRY(http::HostRule names, http::HostRule::create(wanted.hosts));
  options.common_fields = "X-Content-Type-Options: nosniff\r\n";
  options.limits.connections_max = kConnectionsMax;
  // On loopback a web site could reach it through a visitor's browser (http/host.h). Elsewhere scrapers use whatever
  // name their network gives it.
  const bool checks_host = http::is_loopback(options.listen.host) || !wanted.hosts.empty();
  auto state =
      std::make_unique<State>(metrics, wanted.stall_max, checks_host ? std::optional(std::move(names)) : std::nullopt);
  auto started = http::Server::start(std::move(options), state->service);
  if (!started.ok()) return bad_config(started.error().message, started.error().cure);
  state->http = *std::move(started);
  log_info("metrics", {{"url", state->http->url() + "metrics"}});
  return std::unique_ptr<MetricsServer>(new MetricsServer(std::move(state)));
}

}  // namespace rcml::sink
