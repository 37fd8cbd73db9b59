// contract/timestamp.h: the one text form of a time that an event may carry.
//
//   YYYY-MM-DDThh:mm:ss[.f{1,9}](Z | ±hh:mm | ±hhmm)      T and Z may be lower case
//
// A zone is obligatory: a time without one means something else on every machine, so it is refused rather than
// guessed. Digits after the sixth are cut (a microsecond is what the lake holds). No leap second, no 24:00, no date
// that does not exist. Offsets reach from -18:00 to +18:00, as java.time has them, so that every reader agrees.
#pragma once

#include <optional>
#include <string_view>

#include "core/ids.h"

namespace rcml::contract {

// What every store and reader downstream can hold: from 1970 to before 2262, where nanosecond readers overflow.
inline constexpr UtcMicros kEventTsMin{0};
inline constexpr UtcMicros kEventTsEnd{9'214'646'400'000'000};  // 2262-01-01T00:00:00Z, itself outside.

// Arrival of an event whose log does not say when it came: one millisecond before 1970, as Kafka has it for a record without a
// timestamp. Bounds that count from the arrival do not hold for it.
inline constexpr UtcMicros kArrivalUnknown{-1000};

// Pure; nullopt when `text` is not of that form. Does not look at kEventTsMin and kEventTsEnd.
std::optional<UtcMicros> parse_timestamp(std::string_view text);

}  // namespace rcml::contract
