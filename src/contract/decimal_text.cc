// contract/decimal_text.cc: a number is seen as 0.DIGITS x 10^point with all needless zeros gone; the rest is counting.
#include "contract/decimal_text.h"

#include <algorithm>
#include <charconv>
#include <system_error>

namespace rcml::contract {
namespace {

constexpr int64_t kExponentMax = 1'000'000'000;  // Larger ones say the same: too big, or too small.
constexpr int64_t kDigitsBeforePointMax = 10;  // Of decimal(12,2)
constexpr int64_t kDecimalsMax = 2;
constexpr int64_t kDoublePointMax = 309;  // 1.797e308 = 0.1797 x 10^309

struct Decimal {
  bool is_negative = false;
  bool is_zero = false;
  std::string_view mantissa;  // From the first to the last digit that is not zero; may hold the point.
  int64_t digits = 0;  // In the mantissa.
  int64_t point = 0;  // The value is 0.MANTISSA x 10^point.
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Of what follows 'e'; 0 for nothing.
int64_t parse_exponent(std::string_view text) {
  if (text.empty()) return 0;
  const bool is_negative = text[0] == '-';
  if (!is_digit(text[0])) text.remove_prefix(1);
  int64_t value = 0;
  for (const char c : text) value = std::min(value * 10 + (c - '0'), kExponentMax);
  return is_negative ? -value : value;
}

Decimal parse_decimal(std::string_view number) {
  Decimal decimal;
  decimal.is_negative = number[0] == '-';
  if (decimal.is_negative) number.remove_prefix(1);
  const size_t exponent_at = std::min(number.find_first_of("eE"), number.size());
  const std::string_view written = number.substr(0, exponent_at);
  const size_t first = written.find_first_not_of("0.");
  decimal.is_zero = first == std::string_view::npos;
  if (decimal.is_zero) return decimal;

  const size_t last = written.find_last_not_of("0.");
  const size_t point_at = std::min(written.find('.'), written.size());
  const auto digit_index = [&](size_t at) { return static_cast<int64_t>(at > point_at ? at - 1 : at); };
  decimal.mantissa = written.substr(first, last - first + 1);
  decimal.digits = digit_index(last) - digit_index(first) + 1;
  decimal.point = static_cast<int64_t>(point_at) - digit_index(first);
  if (exponent_at < number.size()) decimal.point += parse_exponent(number.substr(exponent_at + 1));
  return decimal;
}

}  // namespace

std::optional<int64_t> parse_cents(std::string_view number) {
  const Decimal decimal = parse_decimal(number);
  if (decimal.is_zero) return 0;
  if (decimal.point > kDigitsBeforePointMax || decimal.digits - decimal.point > kDecimalsMax) return std::nullopt;
  int64_t cents = 0;
  for (const char c : decimal.mantissa) {
    if (c != '.') cents = cents * 10 + (c - '0');
  }
  for (int64_t i = decimal.digits; i < decimal.point + kDecimalsMax; ++i) cents *= 10;
  return decimal.is_negative ? -cents : cents;
}

bool fits_double(std::string_view number) {
  if (number.size() < kDoublePointMax && number.find_first_of("eE") == std::string_view::npos) return true;
  const Decimal decimal = parse_decimal(number);
  if (decimal.is_zero || decimal.point < kDoublePointMax) return true;
  if (decimal.point > kDoublePointMax) return false;
  double value = 0;
  return std::from_chars(number.data(), number.data() + number.size(), value).ec == std::errc{};
}

}  // namespace rcml::contract
