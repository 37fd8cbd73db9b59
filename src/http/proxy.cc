#include "http/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "http/host.h"
#include "http/text.h"

namespace rcml::http {
namespace {

constexpr int kMappedBits = 96;  // An IPv4 address is the last 32 bits of its mapped IPv6 form (RFC 4291, 2.5.5.2).

bool has_prefix(const std::array<uint8_t, 16>& bytes, const std::array<uint8_t, 16>& prefix, int bits) {
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(bytes.data(), prefix.data(), whole) != 0) return false;
  const int rest = bits % 8;
  return rest == 0 || ((bytes[whole] ^ prefix[whole]) >> (8 - rest)) == 0;
}

// "1.2.3.4:567", "[::1]:80", "::ffff:1.2.3.4" -> the address alone, IPv4 in its own form. Empty: no address.
std::string plain_address(std::string_view entry) {
  std::optional<IpAddress> address = parse_address(entry);
  if (!address) {
    const auto host = parse_host(entry);
    if (!host || !host->is_address) return {};
    address = parse_address(host->name);
  }
  static const IpAddress kMapped = *parse_address("0.0.0.0");
  char text[INET6_ADDRSTRLEN];
  return has_prefix(address->bytes, kMapped.bytes, kMappedBits)
             ? ::inet_ntop(AF_INET, address->bytes.data() + 12, text, sizeof text)
             : ::inet_ntop(AF_INET6, address->bytes.data(), text, sizeof text);
}

std::optional<int> parse_bits(std::string_view text) {
  int bits = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), bits);
  const bool is_number = !text.empty() && parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_number && bits >= 0 ? std::optional(bits) : std::nullopt;
}

}  // namespace

Result<TrustedProxies> TrustedProxies::create(const std::vector<std::string>& networks) {
  TrustedProxies proxies;
  std::string wrong;
  for (const std::string& text : networks) {
    const size_t slash = text.find('/');
    const auto address = parse_address(std::string_view(text).substr(0, slash));
    const int most = address && address->is_ipv4 ? 32 : 128;
    const auto bits =
        slash == std::string::npos ? std::optional(most) : parse_bits(std::string_view(text).substr(slash + 1));
    if (address && bits && *bits <= most) {
      proxies.networks_.push_back({address->bytes, *bits + (address->is_ipv4 ? kMappedBits : 0)});
    } else {
      wrong += (wrong.empty() ? "'" : ", '") + text + '\'';
    }
  }
  if (wrong.empty()) return proxies;
  return bad_config("these are neither addresses nor networks: " + wrong,
                    "Write --trust-proxy 127.0.0.1 or --trust-proxy 172.16.0.0/12");
}

bool TrustedProxies::contains(std::string_view address) const {
  const auto parsed = parse_address(address);
  return parsed && std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
           return has_prefix(parsed->bytes, network.bytes, network.bits);
         });
}

// The entries are read from the right: each proxy appends the address it was asked from, so what a client made up is on
// the left of what the first trusted proxy wrote. Some proxies append a line instead of an entry.
std::string TrustedProxies::client_address(const Request& request) const {
  const std::string lines = request.fields->joined("X-Forwarded-For");
  std::string_view forwarded = lines;
  std::string address(request.peer);
  while (!forwarded.empty() && contains(address)) {
    const size_t comma = forwarded.rfind(',');
    const std::string before =
        plain_address(trimmed(comma == std::string_view::npos ? forwarded : forwarded.substr(comma + 1)));
    if (before.empty()) break;  // Not an address: the proxy that wrote it is the best that is known.
    address = before;
    forwarded = comma == std::string_view::npos ? std::string_view() : forwarded.substr(0, comma);
  }
  return address;
}

bool TrustedProxies::is_https(const Request& request) const {
  return contains(request.peer) && lower(request.field("X-Forwarded-Proto")) == "https";
}

}  // namespace rcml::http
