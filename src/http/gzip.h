// http/gzip.h: answers and pages in gzip framing (RFC 1952).
#pragma once

#include <string>
#include <string_view>

namespace rcml::http {

std::string gzip(std::string_view text);

// `bytes` are one whole member that we made ourselves: anything else is a fault of the program.
std::string gunzip(std::string_view bytes);

// By the value of Accept-Encoding; `gzip;q=0` is a refusal (RFC 9110, 12.5.3).
bool accepts_gzip(std::string_view accept_encoding);

}  // namespace rcml::http
