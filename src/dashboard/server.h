// dashboard/server.h: the live page's HTTP server: the page's files, a read-only JSON API, and who may see it.
//
// GET and HEAD only. Answers about marts are cached until a new copy is published; every answer has an ETag, and a
// viewer who has it already costs no query. docs/operations/dashboard.md lists the addresses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "dashboard/lake_feed.h"
#include "dashboard/mart_reader.h"

namespace rcml::dashboard {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // Port 0: any free one.
  std::string token;                      // Empty: none; allowed on loopback only, unless allows_remote.
  bool allows_remote = false;             // Listen beyond loopback without a token: the person said so.
  std::vector<std::string> hosts;         // Further names in the Host header, e.g. behind a proxy.
  std::string audit_path;                 // Last result of `rcml audit --json`, or "".
  size_t cache_bytes_max = 64 << 20;
};

class Server {
 public:
  // Listens and serves on threads of its own when it returns. `marts` and `feed` must outlive it; `feed` may be null
  // (no lake: no "Right now"). bad_config: a listen address that would show the numbers to the network without a token.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, MartReader& marts, LakeFeed* feed);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;
  void stop();  // Ends open connections and waits for them; also done by the destructor.

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::dashboard
