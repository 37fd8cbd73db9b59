#include "dashboard/server.h"

#include "dashboard/access.h"
#include "dashboard/api.h"
#include "dashboard/page_service.h"
#include "http/server.h"

namespace rcml::dashboard {

struct Server::State {
  State(const ServerOptions& options, PageRules rules, MartReader& marts, std::unique_ptr<LiveReader> live)
      : access(options.token),
        api(marts, std::move(live), access.needs_token(), options.audit_path, options.cache_bytes_max, options.queries),
        service(std::move(rules), access, api) {}

  Access access;
  Api api;
  PageService service;
  std::unique_ptr<http::Server> http;  // Stops first: it uses the service.
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { (void)stop(); }

Result<bool> needs_token(const ServerOptions& options) {
  RCML_TRY(const http::ListenAddress address, http::parse_listen(options.listen, "--listen"));
  return !options.allows_remote && (!http::is_loopback(address.host) || !options.proxies.empty());
}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, MartReader& marts, LakeFeed* feed) {
  http::ServerOptions http_options;
  RCML_TRY(http_options.listen, http::parse_listen(options.listen, "--listen"));
  http_options.common_fields = page_fields();
  // Beyond what a question may wait and take, so that its own error arrives.
  http_options.limits.answer_max = Millis(options.queries.wait_max.value + options.queries.time_max.value + 5'000);
  PageRules rules;
  RCML_TRY(rules.hosts, http::HostRule::create(options.hosts));
  RCML_TRY(rules.proxies, http::TrustedProxies::create(options.proxies));
  rules.has_secure_cookie = options.has_secure_cookie;
  RCML_TRY(const bool is_token_needed, needs_token(options));
  if (is_token_needed && options.token.empty())
    return bad_config(
        "a page at " + options.listen + (options.proxies.empty() ? "" : " behind a proxy") +
            " would show the shop's numbers to the network",
        "Give --token-file FILE, or --allow-remote if something in front of it checks who asks, or listen on 127.0.0.1 "
        "without --trust-proxy");
  if (!options.token.empty()) RCML_OK(check_token_form(options.token));
  std::unique_ptr<LiveReader> live;
  if (feed != nullptr) {
    RCML_TRY(live, LiveReader::create(*feed));
  }
  auto state = std::make_unique<State>(options, std::move(rules), marts, std::move(live));
  RCML_TRY(state->http, http::Server::start(std::move(http_options), state->service));
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

int Server::port() const { return state_->http->port(); }
std::string Server::url() const { return state_->http->url(); }

bool Server::stop() {
  constexpr Millis kWaitMax{1'000};
  state_->http->stop();
  return state_->api.stop(kWaitMax);
}

}  // namespace rcml::dashboard
