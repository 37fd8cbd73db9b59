// core/clock.h: UTC time as numbers, and its text forms. Never the host's time zone.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"

namespace rcml {

inline constexpr int64_t kMicrosPerSecond = 1'000'000;
inline constexpr int64_t kMicrosPerDay = 86'400 * kMicrosPerSecond;

UtcMicros utc_now();
// For measuring spans only; has no relation to the calendar.
UtcMicros monotonic_now();

// Days since 1970-01-01 of a proleptic Gregorian date (Howard Hinnant's days_from_civil); any month 1-12, day 1-31.
constexpr int32_t days_from_civil(int32_t year, uint32_t month, uint32_t day) {
  year -= month <= 2;
  const int32_t era = (year >= 0 ? year : year - 399) / 400;
  const uint32_t yoe = static_cast<uint32_t>(year - era * 400);
  const uint32_t doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const uint32_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int32_t>(doe) - 719468;
}

struct CivilDate {
  int32_t year;
  uint32_t month;
  uint32_t day;
};
CivilDate civil_from_days(int32_t days);

constexpr Dt dt_of(UtcMicros at) {
  const int64_t days = at.value >= 0 ? at.value / kMicrosPerDay : -((-at.value + kMicrosPerDay - 1) / kMicrosPerDay);
  return Dt(static_cast<int32_t>(days));
}

// "2025-08-24"
std::string to_text(Dt dt);
// "2025-08-24T10:00:00.123456Z"
std::string to_text(UtcMicros at);
// Writes the 27 bytes of to_text(UtcMicros) at `out`; years 0000-9999.
void write_utc(UtcMicros at, char* out);
// "2025-08-24" -> Dt; nullopt when it is not a real date of that form.
std::optional<Dt> parse_dt(std::string_view text);

}  // namespace rcml
