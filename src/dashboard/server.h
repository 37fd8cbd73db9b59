// dashboard/server.h: the live page's HTTP server: the page's files, a read-only JSON API, and who may see it.
//
// GET and HEAD only, and two forms to sign in and out. Answers about marts are cached until a new copy is published;
// every answer has an ETag, and a viewer who has it already costs no query. docs/operations/dashboard.md lists the
// addresses.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "dashboard/lake_feed.h"
#include "dashboard/mart_reader.h"
#include "dashboard/query_pool.h"

namespace rcml::dashboard {

struct ServerOptions {
  std::string listen = "127.0.0.1:8080";  // Port 0: any free one.
  std::string token;                      // Empty: none, where needs_token() does not ask for one.
  bool allows_remote = false;             // Beyond loopback without a token: something in front checks who asks.
  std::vector<std::string> hosts;         // Names that the Host field may have, beside localhost and addresses.
  std::vector<std::string> proxies;       // Addresses or networks whose X-Forwarded-For and -Proto are believed.
  bool has_secure_cookie = false;         // Viewers come by TLS: the session cookie is for TLS only.
  std::string audit_path;                 // Last result of `rcml audit --json`, or "".
  size_t cache_bytes_max = 64 << 20;
  QueryLimits queries;
};

// Would these options show the shop's numbers to the network without asking who wants them? A page behind a proxy is shown
// to whoever reaches the proxy, wherever the page itself listens.
Result<bool> needs_token(const ServerOptions& options);

class Server {
 public:
  // Listens and serves on its own threads when it returns. `marts` and `feed` must outlive it; `feed` may be null (no
  // lake, hence no "Right now"). bad_config: wrong options, or needs_token() without a token.
  static Result<std::unique_ptr<Server>> start(ServerOptions options, MartReader& marts, LakeFeed* feed);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  int port() const;
  std::string url() const;
  // Returns within five seconds, whatever the clients do. False: something that cannot be interrupted is still at work
  // (a store that does not answer, a copy that is being opened), and the destructor would wait for it.
  bool stop();

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::dashboard
