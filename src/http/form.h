// http/form.h: names and values in query strings, form bodies and cookies. Pure.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rcml::http {

using Params = std::multimap<std::string, std::string>;

inline constexpr size_t kParamsMax = 128;

// application/x-www-form-urlencoded (WHATWG URL, section 5.1): "a=1&b=x%20y+z". A '%' that is not followed by two hex
// digits stays as it is. nullopt: more than kParamsMax pairs.
std::optional<Params> parse_form(std::string_view text);

// The values of the cookie `name` in a Cookie field (RFC 6265, 5.4), at most kCookiesMax: a browser sends several of one
// name when they were set for different paths or domains. Empty values are left out.
inline constexpr size_t kCookiesMax = 8;
std::vector<std::string_view> cookie_values(std::string_view cookies, std::string_view name);

}  // namespace rcml::http
