// http/proxy.h: which proxies in front of a listener are believed, and what they say of the client. Pure.
//
// X-Forwarded-For and X-Forwarded-Proto can be sent by anyone. They are read only when the connection comes from an
// address that the operator named.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "http/message.h"

namespace rcml::http {

class TrustedProxies {
 public:
  // "127.0.0.1", "::1", "172.16.0.0/12". bad_config names each entry that is neither address nor network.
  static Result<TrustedProxies> create(const std::vector<std::string>& networks);

  // The client's address: the peer's or, behind trusted proxies, the last entry of X-Forwarded-For that is not theirs.
  std::string client_address(const Request& request) const;
  // Did the client come by TLS, by the word of a trusted proxy?
  bool is_https(const Request& request) const;

 private:
  struct Network {
    std::array<uint8_t, 16> bytes{};  // IPv4 in its mapped form.
    int bits = 128;
  };
  bool contains(std::string_view address) const;
  std::vector<Network> networks_;
};

}  // namespace rcml::http
