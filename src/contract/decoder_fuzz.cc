// contract/decoder_fuzz.cc: any bytes at all give a row or a reject, and what the decoder hands on is what it promises.
//
// Each input is decoded padded, copied, and with white space in front, which the plain reader leaves alone: all must
// agree. The seeds are the events of tests/cases/events:
// RCML_FUZZ_SEEDS=DIR contract_test --gtest_filter=FuzzSeeds.* writes them there.
#include <simdjson.h>

#include <cstdint>
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>

#include "contract/decoder.h"
#include "contract/timestamp.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

constexpr UtcMicros kNow{1'756'029'605'000'000};

// A DOM parse is a judge of its own: it looks at every byte, which the decoder leaves to json_scan.h.
bool is_json_object(std::string_view text) {
  static simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(text.data(), text.size()).get(element);
  // Integers above 64 bits are JSON that this judge cannot hold.
  return error == simdjson::BIGINT_ERROR || error == simdjson::NUMBER_ERROR || (!error && element.is_object());
}

void check_row(const ClickRow& row) {
  for (size_t i = 0; i < kColumns.size(); ++i) {
    const std::string_view text = row.text[i];
    if (text.data() == nullptr) continue;
    RCML_CHECK(kColumns[i].type == ColumnType::text && !text.empty());
    RCML_CHECK(text.size() <= static_cast<size_t>(kColumns[i].bytes_max));
    RCML_CHECK(simdjson::validate_utf8(text.data(), text.size()));
    RCML_CHECK(text.find('\0') == std::string_view::npos);
  }
  RCML_CHECK(row.text[event_id].data() != nullptr && row.text[event_type].data() != nullptr);
  RCML_CHECK(row.event_ts >= kEventTsMin && row.event_ts < kEventTsEnd);
  RCML_CHECK(row.revenue_cents > -1'000'000'000'000 && row.revenue_cents < 1'000'000'000'000);
  RCML_CHECK(row.has_revenue || row.revenue_cents == 0);
  if (row.text[extra].data() != nullptr) RCML_CHECK(is_json_object(row.text[extra]));
}

void check_reject(const Reject& reject, std::string_view bytes) {
  RCML_CHECK(reject.raw == bytes);
  RCML_CHECK(reject.raw_bytes == static_cast<int64_t>(bytes.size()));
  RCML_CHECK(!reject.detail.empty() && reject.detail.size() <= 1024);
  RCML_CHECK(simdjson::validate_utf8(reject.detail.data(), reject.detail.size()));
  RCML_CHECK(!to_text(reject.reason).empty());
}

// All that was decoded, as one text, to compare two runs by.
std::string print(Outcome outcome, const ClickRow& row, const Reject& reject) {
  if (outcome == Outcome::reject) return std::string(to_text(reject.reason)) + "|" + reject.detail;
  std::string text;
  for (const std::string_view value : row.text)
    text += (value.data() == nullptr ? "-" : "+") + std::string(value) + "|";
  return text + std::to_string(row.event_ts.value) + "|" + std::to_string(row.revenue_cents);
}

std::string decode(std::string_view bytes, bool is_padded) {
  static Decoder decoder({});
  // Of its own, exactly sized, so that the sanitizer sees a read beyond what was promised.
  const size_t size = bytes.size() + (is_padded ? kEventPaddingBytes : 0);
  const auto memory = std::make_unique<char[]>(size);
  if (!bytes.empty()) std::memcpy(memory.get(), bytes.data(), bytes.size());
  SourceEvent event;
  event.bytes = {memory.get(), bytes.size()};
  event.arrived_at = kNow;
  event.is_padded = is_padded;
  ClickRow row;
  Reject reject;
  const Outcome outcome = decoder.decode(event, Partition(1), kNow, row, reject);
  outcome == Outcome::row ? check_row(row) : check_reject(reject, bytes);
  return print(outcome, row, reject);
}

}  // namespace
}  // namespace rcml::contract

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string padded = rcml::contract::decode(bytes, true);
  const std::string copied = rcml::contract::decode(bytes, false);
  if (padded != copied) std::fprintf(stderr, "padded: %s\ncopied: %s\n", padded.c_str(), copied.c_str());
  RCML_CHECK(padded == copied);
  if (bytes.starts_with('{')) RCML_CHECK(rcml::contract::decode(" " + std::string(bytes), false) == padded);
  return 0;
}
