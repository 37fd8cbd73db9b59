// contract/plain_reader_test.cc: what is plain, and that a plain event gives what the general way gives.
#include "contract/plain_reader.h"

#include <gtest/gtest.h>

#include "contract/decoder.h"

namespace rcml::contract {
namespace {

constexpr UtcMicros kNow{1'756'029'605'000'000};

constexpr std::string_view kView =
    R"({"event_id":"1-52","customer_id":null,"session_id":"s-f9","event_type":"page_view","page":"/c/books",)"
    R"("utm_campaign":"affiliate_deals","device":"desktop","geo_city":"Zürich","event_ts":"2025-08-24T10:00:04.874755Z",)"
    R"("source":"web","anonymous_id":"a-adcc4b205c0c"})";
constexpr std::string_view kBought =
    R"({"event_ts":"2025-08-24T10:00:04Z","event_id":"2","event_type":"add_to_cart","product_id":"p-1","page":""})";

// With room after it that goes on like an event, as a segment file's does.
bool is_plain(PlainReader& reader, std::string_view event, std::string_view behind = R"(","page":"/"},"x":)") {
  std::string buffer = std::string(event) + std::string(behind);
  buffer.resize(event.size() + kEventPaddingBytes, '}');
  ClickRow row;
  return reader.read(std::string_view(buffer).substr(0, event.size()), row);
}

bool is_plain(std::string_view event) {
  PlainReader reader;
  return is_plain(reader, event);
}

std::string print(std::string_view bytes) {
  static Decoder decoder({});
  SourceEvent event;
  event.bytes = bytes;
  event.arrived_at = kNow;
  ClickRow row;
  Reject reject;
  if (decoder.decode(event, Partition(1), kNow, row, reject) == Outcome::reject)
    return std::string(to_text(reject.reason)) + ": " + reject.detail;
  std::string text = std::to_string(row.event_ts.value) + (row.has_revenue ? " bought" : "");
  for (const std::string_view value : row.text) text += value.data() == nullptr ? "|null" : "|=" + std::string(value);
  return text;
}

// White space in front is never plain, and changes nothing else.
std::string print_general(std::string_view bytes) { return print(" " + std::string(bytes)); }

TEST(PlainReader, ReadsWhatClientsSend) {
  PlainReader reader;
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_TRUE(is_plain(reader, kView));
    EXPECT_TRUE(is_plain(reader, kBought)) << "another order, other columns";
  }
  for (const std::string_view event : {kView, kBought}) EXPECT_EQ(print(event), print_general(event));
  EXPECT_NE(print(kView).find("|=Zürich"), std::string::npos);
}

TEST(PlainReader, LeavesEverythingElse) {
  for (const std::string_view event : {
           "",
           "{",
           "{}",
           R"({"page")",
           R"({"page":)",
           R"( {"page":"/"})",
           R"({"page": "/"})",
           R"({"page":"/"} )",
           R"({"page":"/"},)",
           R"({"page":"/",})",
           R"({"page":"a\/b"})",
           "{\"page\":\"a\tb\"}",
           "{\"page\":\"\xFF\"}",
           "{\"page\":\"\xC3\"}",
           R"({"page":"/","page":"/"})",
           R"({"page":"/","colour":"red"})",
           R"({"pages":"/"})",
           R"({"page":1})",
           R"({"page":nul})",
           R"({"page":nulls})",
           R"({"revenue":1.5})",
           R"({"revenue":"1.5"})",
           R"({"event_ts":null})",
           R"({"extra":"{}"})",
           R"({"source_offset":"1"})",
           R"({"device":"seventeen bytes.."})",
           R"(["page","/"])",
       })
    EXPECT_FALSE(is_plain(event)) << event;
  EXPECT_TRUE(is_plain(R"({"device":"sixteen bytes..."})")) << "what a column holds";
}

TEST(PlainReader, NeverReadsOnBehindTheEnd) {
  for (size_t length = 0; length < kView.size(); ++length) {
    PlainReader reader;
    EXPECT_FALSE(is_plain(reader, kView.substr(0, length), kView.substr(length))) << length;
  }
}

TEST(PlainReader, EveryByteChangedGivesWhatTheGeneralWayGives) {
  for (const std::string_view event : {kView, kBought}) {
    std::string changed(event);
    for (size_t at = 1; at < changed.size(); ++at) {
      for (int byte = 0; byte < 256; ++byte) {
        changed[at] = static_cast<char>(byte);
        ASSERT_EQ(print(changed), print_general(changed)) << changed;
      }
      changed[at] = event[at];
    }
  }
}

}  // namespace
}  // namespace rcml::contract
