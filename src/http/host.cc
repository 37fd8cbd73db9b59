#include "http/host.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "http/text.h"

namespace rcml::http {
namespace {

constexpr size_t kHostBytesMax = 255;

bool is_name_byte(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' || byte == '_';
}

// Labels of letters, digits, '-' and '_', separated by single dots; no dot at either end.
bool is_host_name(std::string_view name) {
  if (name.empty() || name.size() > kHostBytesMax) return false;
  char before = '.';
  for (const char byte : name) {
    if (byte == '.' ? before == '.' : !is_name_byte(static_cast<unsigned char>(byte))) return false;
    before = byte;
  }
  return before != '.';
}

// Digits only, 1 to 65535 or 0.
std::optional<uint16_t> parse_port(std::string_view text) {
  uint16_t port = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), port);
  if (text.empty() || parsed.ec != std::errc() || parsed.ptr != text.data() + text.size()) return std::nullopt;
  return port;
}

// What stands before the port: "[::1]" or everything up to a colon. npos: the text is malformed.
size_t end_of_name(std::string_view text) {
  if (!text.starts_with('[')) return std::min(text.find(':'), text.size());
  const size_t bracket = text.find(']');
  return bracket == std::string_view::npos ? bracket : bracket + 1;
}

}  // namespace

std::optional<IpAddress> parse_address(std::string_view text) {
  const std::string ended(text);
  IpAddress address;
  if (ended.find('\0') != std::string::npos) return std::nullopt;  // Below, the text would end there.
  if (::inet_pton(AF_INET, ended.c_str(), address.bytes.data() + 12) == 1) {
    address.bytes[10] = address.bytes[11] = 0xFF;
    address.is_ipv4 = true;
    return address;
  }
  return ::inet_pton(AF_INET6, ended.c_str(), address.bytes.data()) == 1 ? std::optional(address) : std::nullopt;
}

std::optional<Host> parse_host(std::string_view text) {
  const size_t end = end_of_name(text);
  if (end == std::string_view::npos) return std::nullopt;
  Host host;
  const std::string_view rest = text.substr(end);
  if (!rest.empty()) {
    host.port = rest[0] == ':' ? parse_port(rest.substr(1)) : std::nullopt;
    if (!host.port) return std::nullopt;
  }
  if (text.starts_with('[')) {
    host.name = lower(text.substr(1, end - 2));
    const auto address = parse_address(host.name);
    host.is_address = address && !address->is_ipv4;
    return host.is_address ? std::optional(host) : std::nullopt;
  }
  host.name = lower(text.substr(0, end));
  host.is_address = parse_address(host.name).has_value();
  return host.is_address || is_host_name(host.name) ? std::optional(host) : std::nullopt;
}

Result<HostRule> HostRule::create(const std::vector<std::string>& names) {
  HostRule rule;
  std::string wrong;
  for (const std::string& name : names) {
    const auto host = parse_host(name);
    if (host) {  // With a port too: the names are compared without it.
      rule.names_.push_back(host->name);
    } else {
      wrong += (wrong.empty() ? "'" : ", '") + name + '\'';
    }
  }
  if (wrong.empty()) return rule;
  return bad_config("these are not host names: " + wrong,
                    "Write each as browsers show it, without scheme, port or path: --allow-host clicks.shop.example");
}

bool HostRule::allows(const Host& host) const {
  return host.is_address || host.name == "localhost" ||
         std::find(names_.begin(), names_.end(), host.name) != names_.end();
}

Result<ListenAddress> parse_listen(const std::string& text, std::string_view flag) {
  const size_t colon = text.rfind(':');
  const auto port = colon == std::string::npos ? std::nullopt : parse_port(std::string_view(text).substr(colon + 1));
  ListenAddress address;
  address.host = text.substr(0, colon == std::string::npos ? 0 : colon);
  const bool has_brackets = address.host.starts_with('[') && address.host.ends_with(']');
  if (!port || (!has_brackets && address.host.find(':') != std::string::npos))
    return bad_config("listen address '" + text + "' is not of the form HOST:PORT",
                      "Write it as " + std::string(flag) + " 127.0.0.1:8080, or [::1]:8080 for IPv6");
  if (has_brackets) address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty()) address.host = "127.0.0.1";
  address.port = *port;
  return address;
}

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "::1" || (host.starts_with("127.") && parse_address(host));
}

std::string url_of(const std::string& host, uint16_t port) {
  const bool is_ipv6 = host.find(':') != std::string::npos;
  return "http://" + (is_ipv6 ? '[' + host + ']' : host) + ':' + std::to_string(port) + '/';
}

}  // namespace rcml::http
