#include "dashboard/request_guard.h"

#include <algorithm>
#include <charconv>

namespace rcml::dashboard {
namespace {

// "localhost:8080" -> "localhost", "[::1]:8080" -> "::1"
std::string_view without_port(std::string_view host) {
  if (host.starts_with('[')) {
    const size_t end = host.find(']');
    return end == std::string_view::npos ? std::string_view() : host.substr(1, end - 1);
  }
  return host.substr(0, host.find(':'));
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char byte) { return byte >= 'A' && byte <= 'Z' ? byte + 32 : byte; });
  return out;
}

bool is_equal_in_constant_time(std::string_view a, std::string_view b) {
  unsigned difference = a.size() == b.size() ? 0 : 1;
  for (size_t index = 0; index < a.size(); ++index) {
    difference |=
        static_cast<unsigned char>(a[index]) ^ static_cast<unsigned char>(b.empty() ? 0 : b[index % b.size()]);
  }
  return difference == 0;
}

std::string_view cookie_value(std::string_view cookies, std::string_view name) {
  while (!cookies.empty()) {
    const size_t end = cookies.find(';');
    std::string_view cookie = cookies.substr(0, end);
    while (cookie.starts_with(' ')) cookie.remove_prefix(1);
    if (cookie.size() > name.size() && cookie.starts_with(name) && cookie[name.size()] == '=')
      return cookie.substr(name.size() + 1);
    cookies = end == std::string_view::npos ? std::string_view() : cookies.substr(end + 1);
  }
  return {};
}

}  // namespace

Result<ListenAddress> parse_listen(const std::string& text) {
  const Error bad =
      bad_config("listen address '" + text + "' is not of the form HOST:PORT", "Try --listen 127.0.0.1:8080");
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos) return bad;
  ListenAddress address;
  address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  if (address.host.empty()) address.host = "127.0.0.1";
  const std::string port = text.substr(colon + 1);
  const auto parsed = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (port.empty() || parsed.ec != std::errc() || parsed.ptr != port.data() + port.size() || address.port < 0 ||
      address.port > 65535)
    return bad;
  return address;
}

bool is_loopback(const std::string& host) { return host == "localhost" || host == "::1" || host.starts_with("127."); }

bool RequestGuard::is_host_allowed(std::string_view host_header) const {
  if (!checks_host_) return true;
  const std::string host = lower(without_port(host_header));
  if (host == "localhost" || host == "127.0.0.1" || host == "::1") return true;
  return std::find(hosts_.begin(), hosts_.end(), host) != hosts_.end();
}

bool RequestGuard::is_token(std::string_view candidate) const {
  return is_equal_in_constant_time(candidate, token_) && !token_.empty();
}

bool RequestGuard::is_authorized(std::string_view authorization_header, std::string_view cookie_header) const {
  if (token_.empty()) return true;
  constexpr std::string_view kBearer = "Bearer ";
  if (authorization_header.starts_with(kBearer)) return is_token(authorization_header.substr(kBearer.size()));
  return is_token(cookie_value(cookie_header, kTokenCookie));
}

}  // namespace rcml::dashboard
