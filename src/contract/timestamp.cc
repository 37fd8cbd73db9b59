// contract/timestamp.cc: fixed positions up to the seconds, then fraction and zone.
#include "contract/timestamp.h"

#include <array>

#include "core/clock.h"

namespace rcml::contract {
namespace {

constexpr size_t kSecondsEnd = 19;  // "2025-08-24T10:00:00"

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Two digits at `at`, or a number far above any limit.
uint32_t two_digits(std::string_view text, size_t at) {
  const auto high = static_cast<uint8_t>(text[at] - '0');
  const auto low = static_cast<uint8_t>(text[at + 1] - '0');
  return high > 9 || low > 9 ? 1000 : high * 10u + low;
}

bool is_leap_year(uint32_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

uint32_t days_in_month(uint32_t year, uint32_t month) {
  static constexpr std::array<uint8_t, 13> kDays{0, 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return month == 2 && is_leap_year(year) ? 29 : kDays[month];
}

// Days since 1970-01-01 of "YYYY-MM-DD" at the start of `text`.
std::optional<int32_t> parse_date(std::string_view text) {
  const uint32_t century = two_digits(text, 0);
  const uint32_t year_of_century = two_digits(text, 2);
  const uint32_t month = two_digits(text, 5);
  const uint32_t day = two_digits(text, 8);
  if (century > 99 || year_of_century > 99 || month < 1 || month > 12 || text[4] != '-' || text[7] != '-')
    return std::nullopt;
  const uint32_t year = century * 100 + year_of_century;
  if (day < 1 || day > days_in_month(year, month)) return std::nullopt;
  return days_from_civil(static_cast<int32_t>(year), month, day);
}

// Seconds of the day of "Thh:mm:ss" at position 10.
std::optional<int64_t> parse_time_of_day(std::string_view text) {
  const uint32_t hour = two_digits(text, 11);
  const uint32_t minute = two_digits(text, 14);
  const uint32_t second = two_digits(text, 17);
  if ((text[10] | 0x20) != 't' || text[13] != ':' || text[16] != ':') return std::nullopt;
  if (hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return hour * 3600 + minute * 60 + second;
}

// Takes ".ffffff" off the front of `rest`.
std::optional<int64_t> take_fraction_micros(std::string_view& rest) {
  if (rest.empty() || rest[0] != '.') return 0;
  int64_t micros = 0;
  size_t digits = 0;
  while (digits + 1 < rest.size() && is_digit(rest[digits + 1])) {
    if (digits < 6) micros = micros * 10 + (rest[digits + 1] - '0');
    ++digits;
  }
  if (digits < 1 || digits > 9) return std::nullopt;
  for (size_t i = digits; i < 6; ++i) micros *= 10;
  rest.remove_prefix(digits + 1);
  return micros;
}

// Seconds that local time is ahead of UTC.
std::optional<int64_t> parse_zone(std::string_view zone) {
  if (zone.size() == 1) return (zone[0] | 0x20) == 'z' ? std::optional<int64_t>(0) : std::nullopt;
  const bool has_colon = zone.size() == 6;
  if ((!has_colon && zone.size() != 5) || (zone[0] != '+' && zone[0] != '-') || (has_colon && zone[3] != ':'))
    return std::nullopt;
  const uint32_t hours = two_digits(zone, 1);
  const uint32_t minutes = two_digits(zone, has_colon ? 4 : 3);
  if (minutes > 59 || hours > 18 || (hours == 18 && minutes > 0)) return std::nullopt;
  const int64_t seconds = hours * 3600 + minutes * 60;
  return zone[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::optional<UtcMicros> parse_timestamp(std::string_view text) {
  if (text.size() <= kSecondsEnd) return std::nullopt;
  const auto days = parse_date(text);
  const auto seconds = parse_time_of_day(text);
  if (!days || !seconds) return std::nullopt;
  std::string_view rest = text.substr(kSecondsEnd);
  const auto micros = take_fraction_micros(rest);
  if (!micros) return std::nullopt;
  const auto ahead = parse_zone(rest);
  if (!ahead) return std::nullopt;
  return UtcMicros(*days * kMicrosPerDay + (*seconds - *ahead) * kMicrosPerSecond + *micros);
}

}  // namespace rcml::contract
