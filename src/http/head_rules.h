// http/head_rules.h: what a request's head must look like beyond what the parser checks. Pure.
//
// A proxy in front of this listener and the listener must agree on where each request ends. Whatever could be read in
// two ways (RFC 9112, section 11.2: request smuggling) is therefore refused and the connection closed, even where the
// standard would allow a lenient reading.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "http/message.h"

namespace rcml::http {

inline constexpr size_t kHeadBytesMax = 16 * 1024;
inline constexpr size_t kFieldsMax = 100;  // A parsed field costs much more memory than its bytes.

// Why a request is refused: the status to answer with and a sentence for people. The text is a literal.
struct Refusal {
  int status;
  std::string_view text;
};

// `head` is a whole head, its empty line included. Refuses control characters, bare CR or LF, folded lines, empty or
// spaced field names, and more than kFieldsMax fields.
std::optional<Refusal> check_head_bytes(std::string_view head);

// Refuses everything but "/path" and "/path?query" of visible ASCII.
std::optional<Refusal> check_target(std::string_view target);

// Refuses a repeated, missing or malformed Host. HTTP/1.0 needs none: probes still send it that way, and no browser does.
std::optional<Refusal> check_host_field(const Fields& fields, bool is_http_1_0);

// Refuses repeated or malformed Content-Length, and every Transfer-Encoding. `body_bytes_max` 0: no body is taken, so a
// Content-Length other than 0 is refused too.
std::optional<Refusal> check_framing(const Fields& fields, size_t body_bytes_max);

// The value of Content-Length: digits only, below 10^15. 0 when it is absent; nullopt when it is malformed.
std::optional<size_t> content_length(const Fields& fields);

}  // namespace rcml::http
