// dashboard/raw_text.h: a reject's bytes as text a person can read.
#pragma once

#include <string_view>

namespace rcml::dashboard {

// SQL: the blob `raw` as text. One that is not UTF-8 comes as DuckDB writes it, but with its quotes readable.
inline constexpr std::string_view kRawAsText =
    R"(coalesce(try(decode(raw)), replace(replace(replace(raw::varchar, '\x22', '"'), '\x27', ''''), '\x5C', '\')))";

}  // namespace rcml::dashboard
