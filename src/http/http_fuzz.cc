// http/http_fuzz.cc: any bytes at all pass the parsers of this folder without a fault, and what they let through is what
// the rest of the program relies on.
//
// The first byte chooses the parser; the rest is its input.
#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/result.h"
#include "http/form.h"
#include "http/gzip.h"
#include "http/head_rules.h"
#include "http/host.h"
#include "http/proxy.h"
#include "http/response_head.h"

namespace rcml::http {
namespace {

// One field of every name, with the value under test.
class OneField : public Fields {
 public:
  explicit OneField(std::string_view value) : value_(value) {}
  std::string_view find(std::string_view) const override { return value_; }
  size_t count(std::string_view) const override { return 1; }
  std::string joined(std::string_view) const override { return std::string(value_); }

 private:
  std::string_view value_;
};

void check_host(std::string_view text) {
  const auto host = parse_host(text);
  if (!host) return;
  RCML_CHECK(!host->name.empty() && host->name.size() <= 255);
  for (const char byte : host->name) RCML_CHECK(byte > ' ' && byte < 0x7F && byte != '@' && byte != '/' && byte != ',');
  const auto again = parse_host(host->name.find(':') == std::string::npos ? host->name : '[' + host->name + ']');
  RCML_CHECK(again && again->name == host->name && again->is_address == host->is_address);
}

void check_form(std::string_view text) {
  if (const auto params = parse_form(text)) RCML_CHECK(params->size() <= kParamsMax);
  for (const std::string_view value : cookie_values(text, "rcml_session"))
    RCML_CHECK(!value.empty() && value.find(';') == std::string_view::npos &&
               text.find(value) != std::string_view::npos);
}

void check_head(std::string_view text) {
  if (check_head_bytes(text)) return;
  const std::string_view head = text.substr(0, text.find("\r\n\r\n"));
  for (size_t at = 0; at < head.size(); ++at) {
    if (head[at] == '\n') RCML_CHECK(at > 0 && head[at - 1] == '\r' && (at + 1 == head.size() || head[at + 1] != ' '));
    RCML_CHECK(head[at] != '\0');
  }
}

void check_target_and_length(std::string_view text) {
  if (!check_target(text)) {
    RCML_CHECK(text.starts_with('/'));
    RCML_CHECK(std::all_of(text.begin(), text.end(), [](char byte) { return byte > ' ' && byte <= '~'; }));
  }
  const auto length = content_length(OneField(text));
  if (length)
    RCML_CHECK(!text.empty() &&
               std::all_of(text.begin(), text.end(), [](char byte) { return byte >= '0' && byte <= '9'; }));
}

void check_fields(std::string_view text) {
  (void)accepts_gzip(text);
  (void)matches_etag(text, "W/\"0123456789abcdef\"");
  Response response;
  response.etag = std::string(text);
  response.fields.emplace_back("X-Any", std::string(text));
  const WireResponse wire = wire_response(response, {}, "", "Thu, 01 Jan 1970 00:00:00 GMT");
  RCML_CHECK(wire.head.find("\r\n\r\n") == wire.head.size() - 4);
}

void check_proxies(std::string_view text) {
  static const TrustedProxies kProxies = *TrustedProxies::create({"127.0.0.0/8", "::/1"});
  const OneField fields(text);
  Request request;
  request.peer = "127.0.0.1";
  request.fields = &fields;
  (void)kProxies.client_address(request);
  (void)kProxies.is_https(request);
  (void)TrustedProxies::create({std::string(text)});
}

void check(uint8_t parser, std::string_view text) {
  switch (parser % 6) {
    case 0: return check_host(text);
    case 1: return check_form(text);
    case 2: return check_head(text);
    case 3: return check_target_and_length(text);
    case 4: return check_fields(text);
    default: return check_proxies(text);
  }
}

}  // namespace
}  // namespace rcml::http

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  rcml::http::check(data[0], {reinterpret_cast<const char*>(data + 1), size - 1});
  return 0;
}
