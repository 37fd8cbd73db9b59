// http/response_head.h: from a response and what the client takes to the bytes to send. Pure.
#pragma once

#include <string>
#include <string_view>

#include "http/message.h"

namespace rcml::http {

// What of the request decides the form of its answer.
struct Wanted {
  bool is_head = false;    // HEAD: the fields of a GET, no body.
  bool takes_gzip = false;
  bool has_current_copy = false;  // If-None-Match names the response's ETag.
  bool keeps_alive = true;        // The connection goes on afterwards; a response that closes wins.
  bool is_http_1_0 = false;
};

// Reads If-None-Match and Accept-Encoding.
Wanted wanted_by(const Request& request, const Response& response);

struct WireResponse {
  std::string head;       // Status line, fields and the empty line.
  std::string_view body;  // Lives as long as the response's owner; empty for HEAD and 304.
};

// `common_fields` are whole lines ("Name: value\r\n") that every answer carries; `date` is an IMF-fixdate. Ranges are
// never served: Content-Length is always that of the whole body.
WireResponse wire_response(const Response& response, const Wanted& wanted, std::string_view common_fields,
                           std::string_view date);

// "Mon, 30 Nov 2026 17:00:00 GMT" (RFC 9110, 5.6.7), whatever the locale. `seconds` since 1970.
std::string http_date(int64_t seconds);

// Does an If-None-Match field name `etag`? Weak comparison (RFC 9110, 13.1.2); "*" matches every tag.
bool matches_etag(std::string_view if_none_match, std::string_view etag);

}  // namespace rcml::http
