// dashboard/request_guard.h: who may ask. Pure.
//
// The page listens on loopback, where every web site the person visits can send requests too. A site that points its own
// name at 127.0.0.1 (DNS rebinding) would even read the answers: so the Host header must name this machine. Anywhere
// else than loopback a token is needed, which such a site does not have.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace rcml::dashboard {

struct ListenAddress {
  std::string host;  // "127.0.0.1", "::1" without brackets, a name
  int port = 0;  // 0: any free one.
};

// "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback). bad_config names what is wrong.
Result<ListenAddress> parse_listen(const std::string& text);
bool is_loopback(const std::string& host);

class RequestGuard {
 public:
  // `hosts`: names beside loopback's that the Host header may have. Empty `token`: none is asked for.
  RequestGuard(std::vector<std::string> hosts, std::string token, bool checks_host)
      : hosts_(std::move(hosts)), token_(std::move(token)), checks_host_(checks_host) {}

  bool is_host_allowed(std::string_view host_header) const;
  bool needs_token() const { return !token_.empty(); }
  // "Authorization: Bearer TOKEN" or the cookie the page sets after ?token=TOKEN. Takes the same time for any wrong token.
  bool is_authorized(std::string_view authorization_header, std::string_view cookie_header) const;
  bool is_token(std::string_view candidate) const;

 private:
  std::vector<std::string> hosts_;
  std::string token_;
  bool checks_host_;
};

inline constexpr std::string_view kTokenCookie = "rcml_token";

}  // namespace rcml::dashboard
