// The text forms of numbers, sizes, spans and rates. Whole-number arithmetic throughout, so that "0.1GiB" is the same
// on every machine and an overflow is noticed instead of wrapped.
#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "core/settings.h"

namespace rcml {
namespace {

struct Unit {
  std::string_view name;  // Lower case.
  int64_t factor;
};

constexpr std::array kCountUnits{Unit{"", 1}, Unit{"k", 1'000}, Unit{"m", 1'000'000}, Unit{"g", 1'000'000'000}};
constexpr std::array kByteUnits{Unit{"", 1},
                                Unit{"b", 1},
                                Unit{"k", 1'000},
                                Unit{"kb", 1'000},
                                Unit{"m", 1'000'000},
                                Unit{"mb", 1'000'000},
                                Unit{"g", 1'000'000'000},
                                Unit{"gb", 1'000'000'000},
                                Unit{"tb", 1'000'000'000'000},
                                Unit{"kib", 1LL << 10},
                                Unit{"mib", 1LL << 20},
                                Unit{"gib", 1LL << 30},
                                Unit{"tib", 1LL << 40}};
constexpr std::array kTimeUnits{Unit{"", 1},         Unit{"ms", 1},        Unit{"s", 1'000},     Unit{"m", 60'000},
                                Unit{"min", 60'000}, Unit{"h", 3'600'000}, Unit{"d", 86'400'000}};

// digits[.digits]unit -> whole multiple of the unit's base; `_` between digits is allowed, as in 1_000_000.
std::optional<int64_t> scaled(std::string_view text, std::span<const Unit> units) {
  __int128 mantissa = 0;
  int64_t divisor = 1;
  int digits = 0;
  bool seen_point = false;
  size_t i = 0;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '_' && i > 0 && text[i - 1] != '_' && digits > 0) continue;
    if (c == '.' && !seen_point && digits > 0) {
      seen_point = true;
      continue;
    }
    if (c < '0' || c > '9') break;
    if (seen_point) divisor *= 10;
    mantissa = mantissa * 10 + (c - '0');
    if (++digits > 18 || divisor > 1'000'000'000) return std::nullopt;
  }
  if (digits == 0 || text[i - 1] == '.' || text[i - 1] == '_') return std::nullopt;
  std::string unit(text.substr(i));
  std::transform(unit.begin(), unit.end(), unit.begin(), [](unsigned char c) { return std::tolower(c); });
  const auto found = std::find_if(units.begin(), units.end(), [&](const Unit& u) { return u.name == unit; });
  if (found == units.end()) return std::nullopt;
  const __int128 value = mantissa * found->factor;
  // 1.5 of something that has no halves is a slip of the person, not something to round.
  if (value % divisor != 0 && found->factor == 1) return std::nullopt;
  if (value / divisor > INT64_MAX) return std::nullopt;
  return static_cast<int64_t>(value / divisor);
}

}  // namespace

std::optional<int64_t> parse_count(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  const auto value = scaled(is_negative ? text.substr(1) : text, kCountUnits);
  if (!value) return std::nullopt;
  return is_negative ? -*value : *value;
}

std::optional<int64_t> parse_bytes(std::string_view text) { return scaled(text, kByteUnits); }
std::optional<int64_t> parse_millis(std::string_view text) { return scaled(text, kTimeUnits); }

std::optional<double> parse_rate(std::string_view text) {
  const bool is_percent = text.ends_with('%');
  if (is_percent) text.remove_suffix(1);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (is_percent) value /= 100;
  if (!(value >= 0 && value <= 1)) return std::nullopt;
  return value;
}

}  // namespace rcml
