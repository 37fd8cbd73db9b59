// generator/malformed.h: lines that no decoder may accept: a spread of the cases of docs/formats/event.md.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/event.h"

namespace rcml::generator {

// A case, by a random number; common faults come up more often than the huge ones.
uint8_t pick_malformed_case(uint64_t random);
size_t malformed_case_count();
contract::RejectReason malformed_reason(uint8_t malformed_case);
// Bytes of the longest line of that case, for ids of up to 64 bytes.
size_t malformed_bytes_max(uint8_t malformed_case);
// The line without its newline. `id` is the event_id it claims; `timestamp` the text of a good event_ts.
std::string malformed_line(uint8_t malformed_case, std::string_view id, std::string_view timestamp);

}  // namespace rcml::generator
