#include "http/response_head.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "core/clock.h"
#include "http/gzip.h"
#include "http/text.h"

namespace rcml::http {
namespace {

std::string_view reason_of(int status) {
  switch (status) {
    case 200: return "OK";
    case 204: return "No Content";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 411: return "Length Required";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 421: return "Misdirected Request";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    default: return "Unknown";
  }
}

std::string_view without_weakness(std::string_view etag) { return etag.starts_with("W/") ? etag.substr(2) : etag; }

// A value with a line break would start another field, so such a field is left out.
bool is_safe_value(std::string_view value) {
  return std::none_of(value.begin(), value.end(), [](unsigned char byte) { return byte < 0x20 || byte == 0x7F; });
}

void append_field(std::string& head, std::string_view name, std::string_view value) {
  if (!is_safe_value(value)) return;
  head.append(name).append(": ").append(value).append("\r\n");
}

void append_connection(std::string& head, const Response& response, const Wanted& wanted) {
  if (response.closes || !wanted.keeps_alive) {
    append_field(head, "Connection", "close");
  } else if (wanted.is_http_1_0) {
    append_field(head, "Connection", "keep-alive");
  }
}

}  // namespace

bool matches_etag(std::string_view if_none_match, std::string_view etag) {
  const std::string_view tag = without_weakness(etag);
  while (!if_none_match.empty()) {
    const std::string_view candidate = trimmed(take_until(if_none_match, ','));
    if (candidate == "*" || without_weakness(candidate) == tag) return true;
  }
  return false;
}

Wanted wanted_by(const Request& request, const Response& response) {
  Wanted wanted;
  wanted.is_head = request.is_head();
  wanted.takes_gzip = !response.gzip_body.empty() && accepts_gzip(request.field("Accept-Encoding"));
  wanted.has_current_copy =
      response.status == 200 && !response.etag.empty() && matches_etag(request.field("If-None-Match"), response.etag);
  return wanted;
}

WireResponse wire_response(const Response& response, const Wanted& wanted, std::string_view common_fields,
                           std::string_view date) {
  const int status = wanted.has_current_copy ? 304 : response.status;
  const bool is_packed = wanted.takes_gzip && !response.gzip_body.empty();
  const std::string_view body = is_packed ? response.gzip_body : response.body;
  WireResponse wire;
  wire.head.reserve(512 + common_fields.size());
  wire.head.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason_of(status)).append("\r\n");
  append_field(wire.head, "Date", date);
  append_connection(wire.head, response, wanted);
  wire.head.append(common_fields);
  if (!response.etag.empty()) append_field(wire.head, "ETag", response.etag);
  if (!response.gzip_body.empty()) append_field(wire.head, "Vary", "Accept-Encoding");
  for (const auto& [name, value] : response.fields) append_field(wire.head, name, value);
  if (status != 304 && status != 204) {
    append_field(wire.head, "Content-Type", response.content_type);
    if (is_packed) append_field(wire.head, "Content-Encoding", "gzip");
    append_field(wire.head, "Content-Length", std::to_string(body.size()));
    if (!wanted.is_head) wire.body = body;
  }
  wire.head.append("\r\n");
  return wire;
}

std::string http_date(int64_t seconds) {
  static constexpr std::array<const char*, 7> kDays{"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
  static constexpr std::array<const char*, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto days = static_cast<int32_t>(seconds / 86'400);
  const auto second = static_cast<int>(seconds % 86'400);
  const CivilDate date = civil_from_days(days);
  char text[40];
  std::snprintf(text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", kDays[static_cast<size_t>(days % 7)],
                date.day, kMonths[date.month - 1], date.year, second / 3600, second / 60 % 60, second % 60);
  return text;
}

}  // namespace rcml::http
