// contract/json_scan.cc: a loop over values with one bit per open level: object or array.
#include "contract/json_scan.h"

#include <bitset>

#include "contract/decimal_text.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

constexpr size_t kUnicodeEscapeBytes = 6;  // \uXXXX

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// Four hex digits at `at`, or -1.
int32_t hex4(const char* at) {
  int32_t value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const char lower = static_cast<char>(c | 0x20);
    if (is_digit(c)) {
      value = value * 16 + (c - '0');
    } else if (lower >= 'a' && lower <= 'f') {
      value = value * 16 + (lower - 'a' + 10);
    } else {
      return -1;
    }
  }
  return value;
}

class Scanner {
 public:
  Scanner(std::string_view text, int32_t depth_max)
      : begin_(text.data()), at_(begin_), end_(begin_ + text.size()), depth_max_(depth_max) {}

  ScannedValue run() {
    bool is_good = true;
    do {
      is_good = wants_value_ ? begin_value() : next_in_container();
    } while (is_good && (wants_value_ || depth_ > 0));
    if (!is_good && fault_ == ScanFault::none) fault_ = ScanFault::syntax;
    return {fault_, static_cast<size_t>(at_ - begin_), has_nul_escape_};
  }

 private:
  // All below: false means stop; `fault_` says why, and none there means syntax.

  bool stop(ScanFault fault) {
    fault_ = fault;
    return false;
  }

  void skip_space() {
    while (at_ != end_ && is_space(*at_)) ++at_;
  }

  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  // A scalar is read whole; a container only opened. wants_value_ then says whether a value comes next.
  bool begin_value() {
    wants_value_ = false;
    if (at_ == end_) return false;
    switch (*at_) {
      case '{':
      case '[': return open_container();
      case '"': return scan_string();
      case 't': return scan_literal("true");
      case 'f': return scan_literal("false");
      case 'n': return scan_literal("null");
      default: return scan_number();
    }
  }

  bool open_container() {
    if (depth_ == depth_max_) return stop(ScanFault::depth);
    const bool is_object = *at_ == '{';
    is_object_.set(static_cast<size_t>(depth_), is_object);
    ++at_;
    ++depth_;
    skip_space();
    return take_close(is_object) || before_value(is_object);
  }

  // After a value inside a container: its end, or a comma and what leads to the next value.
  bool next_in_container() {
    const bool is_object = is_object_.test(static_cast<size_t>(depth_ - 1));
    skip_space();
    if (take_close(is_object)) return true;
    if (!take(',')) return false;
    skip_space();
    return before_value(is_object);
  }

  bool take_close(bool is_object) {
    if (!take(is_object ? '}' : ']')) return false;
    --depth_;
    return true;
  }

  bool before_value(bool is_object) {
    wants_value_ = true;
    return !is_object || scan_key();
  }

  bool scan_key() {
    if (at_ == end_ || *at_ != '"' || !scan_string()) return false;
    skip_space();
    if (!take(':')) return false;
    skip_space();
    return true;
  }

  bool scan_literal(std::string_view literal) {
    if (static_cast<size_t>(end_ - at_) < literal.size() || std::string_view(at_, literal.size()) != literal)
      return false;
    at_ += literal.size();
    return true;
  }

  bool scan_string() {
    ++at_;
    while (at_ != end_) {
      const char c = *at_;
      if (c == '"') {
        ++at_;
        return true;
      }
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\') {
        ++at_;
      } else if (!scan_escape()) {
        return false;
      }
    }
    return false;
  }

  bool scan_escape() {
    if (end_ - at_ < 2) return false;
    if (at_[1] == 'u') return scan_unicode_escape();
    if (std::string_view("\"\\/bfnrt").find(at_[1]) == std::string_view::npos) return false;
    at_ += 2;
    return true;
  }

  bool scan_unicode_escape() {
    if (static_cast<size_t>(end_ - at_) < kUnicodeEscapeBytes) return false;
    const int32_t code = hex4(at_ + 2);
    if (code < 0) return false;
    at_ += kUnicodeEscapeBytes;
    if (code == 0) has_nul_escape_ = true;
    if (code < 0xD800 || code > 0xDFFF) return true;
    if (code > 0xDBFF) return stop(ScanFault::unicode);
    const bool has_second = static_cast<size_t>(end_ - at_) >= kUnicodeEscapeBytes && at_[0] == '\\' && at_[1] == 'u';
    const int32_t second = has_second ? hex4(at_ + 2) : -1;
    if (second < 0xDC00 || second > 0xDFFF) return stop(ScanFault::unicode);
    at_ += kUnicodeEscapeBytes;
    return true;
  }

  bool scan_digits() {
    const char* from = at_;
    while (at_ != end_ && is_digit(*at_)) ++at_;
    return at_ != from;
  }

  bool scan_number() {
    const char* from = at_;
    take('-');
    if (!take('0') && !scan_digits()) return false;
    if (take('.') && !scan_digits()) return false;
    if (at_ != end_ && (*at_ | 0x20) == 'e') {
      ++at_;
      if (!take('+')) take('-');
      if (!scan_digits()) return false;
    }
    return fits_double(std::string_view(from, static_cast<size_t>(at_ - from))) || stop(ScanFault::number);
  }

  const char* begin_;
  const char* at_;
  const char* end_;
  int32_t depth_max_;
  int32_t depth_ = 0;
  bool wants_value_ = true;
  ScanFault fault_ = ScanFault::none;
  bool has_nul_escape_ = false;
  std::bitset<kScanDepthMax> is_object_;
};

}  // namespace

ScannedValue scan_value(std::string_view text, int32_t depth_max) {
  RCML_CHECK(depth_max >= 0 && depth_max <= kScanDepthMax);
  return Scanner(text, depth_max).run();
}

void replace_nul_escapes(std::string& json, size_t from) {
  for (size_t at = json.find('\\', from); at != std::string::npos; at = json.find('\\', at)) {
    if (json.compare(at, kUnicodeEscapeBytes, "\\u0000") == 0) json.replace(at, kUnicodeEscapeBytes, "\\ufffd");
    at += 2;  // An escape is never shorter, so the next backslash starts another one.
  }
}

}  // namespace rcml::contract
