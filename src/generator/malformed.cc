#include "generator/malformed.h"

#include <array>

#include "generator/random.h"

namespace rcml::generator {
namespace {

using contract::RejectReason;

constexpr size_t kTooLargeBytes = 1'000'100;  // Above the event limit of 1,000,000, below Kafka's own of 1,048,588.

// ID and TIME are replaced; LONG is 300 letters, DEEP 100 arrays, ABYSS 100,000 open brackets, HUGE fills the line.
struct Case {
  RejectReason reason;
  uint64_t weight;
  std::string_view text;
};

#define HEAD "{\"event_id\":\"ID\",\"session_id\":\"s-bad\","
#define TAIL ",\"device\":\"mobile\",\"event_ts\":\"TIME\",\"source\":\"web\"}"
constexpr Case kCases[] = {
    {RejectReason::bad_json, 120, HEAD "\"event_type\":\"page_view\",\"page\":\"/p/1\",\"dev"},
    {RejectReason::bad_json, 40, HEAD "\"event_type\":\"page_view\",\"junk\":NaN" TAIL},
    {RejectReason::bad_json, 40, HEAD "\"event_type\":\"page_view\",\"junk\":-Infinity" TAIL},
    {RejectReason::bad_json, 40, "{'event_id':'ID','event_type':'page_view','event_ts':'TIME'}"},
    {RejectReason::bad_json, 40, "TIME WARN tracker: retry ID"},
    {RejectReason::bad_json, 40, HEAD "\"event_type\":\"page_view\"" TAIL "}"},
    {RejectReason::bad_unicode, 60, HEAD "\"event_type\":\"page_view\",\"page\":\"x\\ud83d\"" TAIL},
    {RejectReason::bad_unicode, 60, HEAD "\"event_type\":\"page_view\",\"page\":\"/caf\xe9\"" TAIL},
    {RejectReason::not_object, 30, "[]"},
    {RejectReason::not_object, 30, "null"},
    {RejectReason::not_object, 30, "\"ID\""},
    {RejectReason::not_object, 30, "42"},
    {RejectReason::dup_key, 80, HEAD "\"event_type\":\"page_view\",\"event_type\":\"checkout\"" TAIL},
    {RejectReason::depth, 40, HEAD "\"event_type\":\"page_view\",\"junk\":DEEP" TAIL},
    {RejectReason::depth, 1, HEAD "\"event_type\":\"page_view\",\"junk\":ABYSS"},
    {RejectReason::missing_field, 50, "{\"event_type\":\"page_view\",\"page\":\"/\"" TAIL},
    {RejectReason::missing_field, 50, HEAD "\"event_type\":\"\",\"page\":\"/\"" TAIL},
    {RejectReason::missing_field, 50, HEAD "\"event_type\":\"page_view\",\"page\":\"/\",\"event_ts\":null}"},
    {RejectReason::wrong_type, 60, HEAD "\"event_type\":\"page_view\",\"page\":5" TAIL},
    {RejectReason::wrong_type, 60, HEAD "\"event_type\":\"purchase\",\"revenue\":\"19.99\"" TAIL},
    {RejectReason::ts_format, 50, HEAD "\"event_type\":\"page_view\",\"event_ts\":1756029600}"},
    {RejectReason::ts_format, 50, HEAD "\"event_type\":\"page_view\",\"event_ts\":\"2025-08-24T23:30:00\"}"},
    {RejectReason::ts_format, 50, HEAD "\"event_type\":\"page_view\",\"event_ts\":\"2025-02-30T10:00:00Z\"}"},
    {RejectReason::ts_range, 60, HEAD "\"event_type\":\"page_view\",\"event_ts\":\"9999-05-28T13:13:23.260Z\"}"},
    {RejectReason::out_of_range, 60, HEAD "\"event_type\":\"purchase\",\"revenue\":92233720368547758423" TAIL},
    {RejectReason::too_long, 60, HEAD "\"event_type\":\"page_view\",\"customer_id\":\"LONG\"" TAIL},
    {RejectReason::too_large, 1, HEAD "\"event_type\":\"page_view\"" TAIL "HUGE"},
};
#undef HEAD
#undef TAIL

constexpr uint64_t kWeightSum = [] {
  uint64_t sum = 0;
  for (const Case& one : kCases) sum += one.weight;
  return sum;
}();

void replace_all(std::string& text, std::string_view word, std::string_view by) {
  for (size_t at = text.find(word); at != std::string::npos; at = text.find(word, at + by.size())) {
    text.replace(at, word.size(), by);
  }
}

}  // namespace

size_t malformed_case_count() { return std::size(kCases); }

uint8_t pick_malformed_case(uint64_t random) {
  uint64_t left = below(random, kWeightSum);
  uint8_t at = 0;
  while (left >= kCases[at].weight) left -= kCases[at++].weight;
  return at;
}

RejectReason malformed_reason(uint8_t malformed_case) { return kCases[malformed_case].reason; }

size_t malformed_bytes_max(uint8_t malformed_case) {
  static const auto bytes = [] {
    std::array<size_t, std::size(kCases)> all{};
    for (size_t i = 0; i < all.size(); ++i) all[i] = malformed_line(static_cast<uint8_t>(i), {}, {}).size() + 256;
    return all;
  }();
  return bytes[malformed_case];
}

std::string malformed_line(uint8_t malformed_case, std::string_view id, std::string_view timestamp) {
  std::string line(kCases[malformed_case].text);
  replace_all(line, "ID", id);
  replace_all(line, "TIME", timestamp);
  replace_all(line, "LONG", std::string(300, 'a'));
  replace_all(line, "DEEP", std::string(100, '[') + std::string(100, ']'));
  replace_all(line, "ABYSS", std::string(100'000, '['));
  if (const size_t at = line.find("HUGE"); at != std::string::npos) {
    line.replace(at, 4, std::string(kTooLargeBytes - at, ' '));
  }
  return line;
}

}  // namespace rcml::generator
