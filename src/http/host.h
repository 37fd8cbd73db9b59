// http/host.h: the Host field, and which hosts a listener answers for. Pure.
//
// A web site can point its own name at 127.0.0.1 (DNS rebinding) and have a visitor's browser read whatever listens
// there. The browser then sends that name as Host, so a listener that answers only for names it knows is safe. An IP
// address as Host is always allowed: no name was resolved, so nothing can have been rebound.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace rcml::http {

// An IP address as 16 bytes, IPv4 in its mapped form (RFC 4291, 2.5.5.2). nullopt: the text is not exactly one address.
struct IpAddress {
  std::array<uint8_t, 16> bytes{};
  bool is_ipv4 = false;  // Written as one: "127.0.0.1", not "::ffff:127.0.0.1".
};
std::optional<IpAddress> parse_address(std::string_view text);

struct Host {
  std::string name;  // Lower case; an IPv6 address without its brackets.
  std::optional<uint16_t> port;
  bool is_address = false;  // An IPv4 or IPv6 address.
};

// "shop.example", "localhost:8080", "127.0.0.1", "[::1]:8080" as RFC 9110 (7.2) and RFC 3986 (3.2.2) write them.
// nullopt: anything else, user information included.
std::optional<Host> parse_host(std::string_view text);

// Which hosts are answered for: localhost, every IP address, and `names` (lower case, without port).
class HostRule {
 public:
  // A port in an entry is ignored. bad_config names each entry that is not a host.
  static Result<HostRule> create(const std::vector<std::string>& names);
  bool allows(const Host& host) const;

 private:
  std::vector<std::string> names_;
};

struct ListenAddress {
  std::string host;  // "127.0.0.1", "::1" without brackets, or a name.
  uint16_t port = 0;  // 0: any free one.
};

// "127.0.0.1:8080", "[::1]:8080", ":8080" (loopback). bad_config names what is wrong; `flag` is what to write it with.
Result<ListenAddress> parse_listen(const std::string& text, std::string_view flag);

// Does the listener at `host` serve this machine only?
bool is_loopback(const std::string& host);

// "http://127.0.0.1:8080/", "http://[::1]:8080/"
std::string url_of(const std::string& host, uint16_t port);

}  // namespace rcml::http
