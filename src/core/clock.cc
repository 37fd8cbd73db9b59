#include "core/clock.h"

#include <chrono>

namespace rcml {
namespace {

void write_digits(char* out, int width, int64_t value) {
  for (int i = width - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
}

int digits(std::string_view text) {
  int value = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

}  // namespace

UtcMicros utc_now() {
  return UtcMicros(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
          .count());
}

UtcMicros monotonic_now() {
  return UtcMicros(
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch())
          .count());
}

CivilDate civil_from_days(int32_t days) {
  days += 719468;
  const int32_t era = (days >= 0 ? days : days - 146096) / 146097;
  const uint32_t doe = static_cast<uint32_t>(days - era * 146097);
  const uint32_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const uint32_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const uint32_t mp = (5 * doy + 2) / 153;
  const uint32_t month = mp < 10 ? mp + 3 : mp - 9;
  return {static_cast<int32_t>(yoe) + era * 400 + (month <= 2), month, doy - (153 * mp + 2) / 5 + 1};
}

void write_utc(UtcMicros at, char* out) {
  const Dt dt = dt_of(at);
  const CivilDate date = civil_from_days(dt.value);
  int64_t rest = at.value - dt.value * kMicrosPerDay;
  write_digits(out, 4, date.year);
  out[4] = '-';
  write_digits(out + 5, 2, date.month);
  out[7] = '-';
  write_digits(out + 8, 2, date.day);
  out[10] = 'T';
  write_digits(out + 20, 6, rest % kMicrosPerSecond);
  rest /= kMicrosPerSecond;
  write_digits(out + 17, 2, rest % 60);
  write_digits(out + 14, 2, rest / 60 % 60);
  write_digits(out + 11, 2, rest / 3600);
  out[13] = out[16] = ':';
  out[19] = '.';
  out[26] = 'Z';
}

std::string to_text(UtcMicros at) {
  std::string text(27, '\0');
  write_utc(at, text.data());
  return text;
}

std::string to_text(Dt dt) { return to_text(UtcMicros(dt.value * kMicrosPerDay)).substr(0, 10); }

std::optional<Dt> parse_dt(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const int year = digits(text.substr(0, 4));
  const int month = digits(text.substr(5, 2));
  const int day = digits(text.substr(8, 2));
  if (year < 0 || month < 1 || month > 12 || day < 1) return std::nullopt;
  const Dt dt(days_from_civil(year, static_cast<uint32_t>(month), static_cast<uint32_t>(day)));
  return to_text(dt) == text ? std::optional(dt) : std::nullopt;
}

}  // namespace rcml
