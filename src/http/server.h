// http/server.h: one HTTP/1.1 listener: connections, limits, time, and nothing of what is served.
//
// One thread runs all connections. A service answers from it at once, or later from any other thread. A client can
// neither hold the listener up nor make it grow: heads, bodies, times, the number of connections and the bytes being
// sent are bounded, and whatever is over a bound ends that connection only.
//
// One request gets one answer: a request that could be read in two ways is refused and its connection closed
// (head_rules.h). Ranges are not served. TLS is the business of the proxy in front.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "core/ids.h"
#include "core/result.h"
#include "http/host.h"
#include "http/message.h"

namespace rcml::http {

struct ServerLimits {
  size_t connections_max = 512;  // Beyond it the connection that has gone longest without an answer is closed.
  Millis head_max{5'000};        // From a head's first byte to its last.
  Millis body_max{15'000};
  Millis idle_max{10'000};       // Before the first byte of the first request.
  Millis kept_max{75'000};       // Between two requests: longer than the 60 s for which proxies keep a connection.
  Millis answer_max{60'000};     // The service's time; then the answer is 503.
  Millis write_max{10'000};      // To send an answer, beside the time its bytes have by the next line.
  size_t write_bytes_per_second_min = 16 << 10;
  Millis stop_max{3'000};        // What a stop waits for answers under way.
  size_t receiving_bytes_max = 64 << 20;  // Announced bodies being received; beyond it a request gets 503.
  size_t sending_bytes_max = 16 << 20;  // Bodies being sent, each counted once however many read it.
};

// What the service decides when it has seen a head.
struct Admission {
  std::optional<Response>
      refusal;  // Ends the request; a body that was announced is not read and the connection closes.
  size_t body_bytes_max = 0;        // 0: this route takes no body.
};

class Service {
 public:
  virtual ~Service() = default;
  // Both run on the listener's thread and must not wait for anything.
  virtual Admission admit(const Request& head) = 0;
  // The request's body is there. `reply` may be called now or later, from any thread.
  virtual void answer(Request& request, Reply reply) = 0;
};

struct ServerOptions {
  ListenAddress listen;
  std::string common_fields;  // Whole lines "Name: value\r\n" for every answer.
  ServerLimits limits;
};

class Server {
 public:
  // Listens and serves when it returns. `service` must outlive the server and every reply. unavailable: the address
  // cannot be bound, with the reason.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, Service& service);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  uint16_t port() const;
  // The address to open on this machine: "http://127.0.0.1:8080/", also for a listener on every address.
  std::string url() const;
  size_t connection_count() const;  // Open now.
  // Takes no further request, waits up to stop_max for answers under way, closes everything. Also the destructor's.
  void stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::http
