// contract/decimal_text.h: facts about a number that are read off its JSON text, never through a double.
//
// Both functions take a valid JSON number (json_scan.h) of any length.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace rcml::contract {

// Hundredths; nullopt when decimal(12,2) cannot hold the value exactly: it has a part smaller than one hundredth, or
// |value| is 10^10 or more. The value counts, not its spelling: 12.340, 1.234e1 and 1234e-2 differ in nothing but that.
std::optional<int64_t> parse_cents(std::string_view number);

// False when the number is too large for a double (1e400). Too small is no trouble: every reader rounds it to zero.
bool fits_double(std::string_view number);

}  // namespace rcml::contract
