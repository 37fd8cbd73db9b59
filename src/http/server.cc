#include "http/server.h"

#include <sys/resource.h>

#include <thread>

#include "core/log.h"
#include "http/listener.h"

namespace rcml::http {
namespace {

constexpr size_t kDescriptorsBesides = 256;  // Files, databases and the sockets of the rest of the process.

// Raises this process's limit of open files towards what the connections need, and returns how many they may be.
size_t connections_within_descriptors(size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return wanted;
  const rlim_t needed = wanted + kDescriptorsBesides;
  if (limit.rlim_cur < needed) {
    limit.rlim_cur = limit.rlim_max == RLIM_INFINITY ? needed : std::min<rlim_t>(needed, limit.rlim_max);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
    (void)::getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= needed) return wanted;
  const size_t fits =
      limit.rlim_cur > 2 * kDescriptorsBesides ? limit.rlim_cur - kDescriptorsBesides : limit.rlim_cur / 2;
  log_warn("the limit of open files allows fewer connections",
           {{"connections", std::to_string(fits)}, {"wanted", std::to_string(wanted)}, {"cure", "raise ulimit -n"}});
  return std::max<size_t>(fits, 1);
}

}  // namespace

struct Server::State {
  State(ServerOptions options, Service& service) : listener(std::move(options), service) {}
  Listener listener;
  std::thread thread;
};

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}
Server::~Server() { stop(); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, Service& service) {
  options.limits.connections_max = connections_within_descriptors(options.limits.connections_max);
  auto state = std::make_unique<State>(std::move(options), service);
  RCML_OK(state->listener.open());
  state->thread = std::thread([listener = &state->listener] { listener->run(); });
  return std::unique_ptr<Server>(new Server(std::move(state)));
}

uint16_t Server::port() const { return state_->listener.port(); }

std::string Server::url() const {
  const std::string& host = state_->listener.options().listen.host;
  return url_of(host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host, port());
}

size_t Server::connection_count() const { return state_->listener.connection_count(); }

void Server::stop() {
  if (!state_->thread.joinable()) return;
  state_->listener.begin_stop();
  state_->thread.join();
}

}  // namespace rcml::http
