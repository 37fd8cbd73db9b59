#include "http/form.h"

#include "http/text.h"

namespace rcml::http {
namespace {

int hex_value(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

std::string decoded(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t at = 0; at < text.size(); ++at) {
    const int high = text[at] == '%' && at + 2 < text.size() ? hex_value(text[at + 1]) : -1;
    const int low = high < 0 ? -1 : hex_value(text[at + 2]);
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at] == '+' ? ' ' : text[at];
    }
  }
  return out;
}

}  // namespace

std::optional<Params> parse_form(std::string_view text) {
  Params params;
  while (!text.empty()) {
    std::string_view value = take_until(text, '&');
    if (value.empty()) continue;
    if (params.size() == kParamsMax) return std::nullopt;
    const std::string_view name = take_until(value, '=');
    params.emplace(decoded(name), decoded(value));
  }
  return params;
}

std::vector<std::string_view> cookie_values(std::string_view cookies, std::string_view name) {
  std::vector<std::string_view> values;
  while (!cookies.empty() && values.size() < kCookiesMax) {
    std::string_view value = trimmed(take_until(cookies, ';'));
    if (take_until(value, '=') == name && !value.empty()) values.push_back(value);
  }
  return values;
}

}  // namespace rcml::http
