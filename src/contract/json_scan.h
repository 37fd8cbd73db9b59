// contract/json_scan.h: is this exactly one JSON value, and where does it end?
//
// simdjson's on-demand reader does not look inside what it skips, but `extra` keeps skipped values for good: they are
// checked here first, byte by byte, without recursion and without memory that grows with the input.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace rcml::contract {

enum class ScanFault : uint8_t {
  none,
  syntax,   // Not JSON.
  unicode,  // An escape names half of a surrogate pair.
  depth,    // More levels of [ and { than allowed; what follows was not looked at.
  number,   // A valid number that no double can hold (1e400): readers of JSON disagree about it.
};

struct ScannedValue {
  ScanFault fault = ScanFault::none;
  size_t length = 0;            // Bytes of the value, which starts at text[0].
  bool has_nul_escape = false;  // Some string in it holds \u0000.
};

inline constexpr int32_t kScanDepthMax = 1024;

// Scans the value at the start of `text`; bytes after it are not looked at. Does not check UTF-8. depth_max <= kScanDepthMax.
ScannedValue scan_value(std::string_view text, int32_t depth_max);

// Turns each \u0000 escape of the JSON text from position `from` on into \ufffd, in place.
void replace_nul_escapes(std::string& json, size_t from);

}  // namespace rcml::contract
