// http/text.h: small pieces of text handling that the parsers of this folder share. Pure; ASCII only.
#pragma once

#include <string>
#include <string_view>

namespace rcml::http {

// Without spaces and tabs at both ends.
std::string_view trimmed(std::string_view text);

// What stands before the first `separator`; `text` continues behind it and is empty when there is none.
std::string_view take_until(std::string_view& text, char separator);

std::string lower(std::string_view text);

}  // namespace rcml::http
