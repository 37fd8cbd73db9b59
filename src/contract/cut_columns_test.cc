// contract/cut_columns_test.cc: which columns may be cut, where a text is cut, and what stays a reject all the same.
#include "contract/cut_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/decoder.h"

namespace rcml::contract {
namespace {

using ::testing::HasSubstr;

constexpr UtcMicros kNow{1'756'029'605'000'000};  // 2025-08-24T10:00:05Z

// Decodes a base event whose column has `json` for its value, once warm and once after another, where page, device and
// geo_city may be cut.
struct Decoded {
  Decoded(const std::string& column, const std::string& json,
          ColumnSet cut_columns = with(with(with(0, page), device), geo_city))
      : decoder({.cut_columns = cut_columns}) {
    bytes = R"({"event_id":"e1","event_type":"t","event_ts":"2025-08-24T10:00:00Z",")" + column + "\":" + json + "}";
    SourceEvent event;
    event.bytes = bytes;
    event.arrived_at = kNow;
    outcome = decoder.decode(event, Partition(0), kNow, row, reject);
  }
  Decoder decoder;
  std::string bytes;
  ClickRow row;
  Reject reject;
  Outcome outcome;
};

std::string repeated(int count, const std::string& text) {
  std::string all;
  for (int i = 0; i < count; ++i) all += text;
  return all;
}

void expect_device(const std::string& sent, const std::string& held) {
  const Decoded decoded("device", '"' + sent + '"');
  ASSERT_EQ(decoded.outcome, Outcome::row) << sent << ": " << decoded.reject.detail;
  EXPECT_EQ(decoded.row.text[device], held);
  EXPECT_EQ(decoded.row.cut_columns, sent == held ? 0 : with(0, device)) << sent;
}

TEST(CutText, EndsBetweenCodePoints) {
  expect_device(repeated(16, "a"), repeated(16, "a"));
  expect_device(repeated(17, "a"), repeated(16, "a"));
  expect_device(repeated(8, "é"), repeated(8, "é"));
  expect_device(repeated(9, "é"), repeated(8, "é"));
  expect_device("a" + repeated(8, "é"), "a" + repeated(7, "é"));        // 15 bytes: one stays free.
  expect_device(repeated(6, "€"), repeated(5, "€"));                    // 15
  expect_device("a" + repeated(6, "€"), "a" + repeated(5, "€"));        // 16
  expect_device("aa" + repeated(5, "€"), "aa" + repeated(4, "€"));      // 14
  expect_device(repeated(4, "😀"), repeated(4, "😀"));
  expect_device(repeated(5, "😀"), repeated(4, "😀"));
  expect_device("a" + repeated(4, "😀"), "a" + repeated(3, "😀"));      // 13
  expect_device("aa" + repeated(4, "😀"), "aa" + repeated(3, "😀"));    // 14
  expect_device("aaa" + repeated(4, "😀"), "aaa" + repeated(3, "😀"));  // 15
}

TEST(CutText, MayPartALetterFromItsCombiningMark) {
  const std::string e_acute = "e\xCC\x81";  // Two code points, three bytes.
  expect_device(repeated(6, e_acute), repeated(5, e_acute) + "e");
}

TEST(CutText, CountsBytesAfterEscapesAndReplacementOfNul) {
  const Decoded escaped("device", '"' + repeated(9, "\\u00e9") + '"');
  ASSERT_EQ(escaped.outcome, Outcome::row);
  EXPECT_EQ(escaped.row.text[device], repeated(8, "é"));
  const Decoded nul("device", '"' + repeated(6, "\\u0000") + '"');
  ASSERT_EQ(nul.outcome, Outcome::row);
  EXPECT_EQ(nul.row.text[device], repeated(5, "\xEF\xBF\xBD"));
  const Decoded pair("device", "\"aaa" + repeated(4, "\\ud83d\\ude00") + '"');
  ASSERT_EQ(pair.outcome, Outcome::row);
  EXPECT_EQ(pair.row.text[device], "aaa" + repeated(3, "😀"));
}

TEST(CutText, IsNoExcuseForOtherFaults) {
  EXPECT_EQ(Decoded("device", '"' + repeated(20, "\xE9") + '"').reject.reason, RejectReason::bad_unicode);
  EXPECT_EQ(Decoded("device", '"' + repeated(20, "a") + "\xC3\"").reject.reason, RejectReason::bad_unicode);
  EXPECT_EQ(Decoded("device", '"' + repeated(20, "a") + "\\ud83d\"").reject.reason, RejectReason::bad_unicode);
  EXPECT_EQ(Decoded("device", '"' + repeated(20, "a") + "\",\"device\":\"b\"").reject.reason, RejectReason::dup_key);
  EXPECT_EQ(Decoded("device", repeated(20, "1")).reject.reason, RejectReason::wrong_type);
}

TEST(CutText, IsDoneInTheNamedColumnsOnly) {
  const Decoded other("source", '"' + repeated(33, "a") + '"');
  ASSERT_EQ(other.outcome, Outcome::reject);
  EXPECT_EQ(other.reject.reason, RejectReason::too_long);
  EXPECT_EQ(other.reject.detail, "source: 33 bytes, at most 32");
  EXPECT_EQ(Decoded("device", '"' + repeated(17, "a") + '"', 0).reject.reason, RejectReason::too_long);
  EXPECT_EQ(Decoded("junk", '"' + repeated(66'000, "a") + '"', ~0u).reject.reason, RejectReason::too_long);
}

TEST(CutText, LeavesNoTraceInTheNextRow) {
  Decoded decoded("device", '"' + repeated(17, "a") + '"');
  ASSERT_NE(decoded.row.cut_columns, 0u);
  SourceEvent next;
  next.bytes = R"({"event_id":"e2","event_type":"t","event_ts":"2025-08-24T10:00:00Z","device":"mobile"})";
  next.arrived_at = kNow;
  ASSERT_EQ(decoded.decoder.decode(next, Partition(0), kNow, decoded.row, decoded.reject), Outcome::row);
  EXPECT_EQ(decoded.row.cut_columns, 0u);
}

TEST(CutColumns, AreTakenWithCommasOrOneByOne) {
  const ColumnSet both = with(with(0, page), geo_city);
  EXPECT_EQ(*parse_cut_columns({"page,geo_city"}), both);
  EXPECT_EQ(*parse_cut_columns({"geo_city", "page", "page"}), both);
  EXPECT_EQ(*parse_cut_columns({}), 0u);
}

TEST(CutColumns, AreNeverIdsNorNumbersNorJsonNorUnknown) {
  const auto parsed = parse_cut_columns({"page,event_id,customer_id,session_id,anonymous_id,product_id,order_id",
                                         "revenue", "event_ts,extra,source_offset", "pages"});
  ASSERT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.error().kind, ErrorKind::bad_config);
  const std::string text = parsed.error().text();
  for (const char* id : {"event_id", "customer_id", "session_id", "anonymous_id", "product_id", "order_id"})
    EXPECT_THAT(text, HasSubstr(std::string("--truncate: ") + id + " is an id"));
  EXPECT_THAT(text, HasSubstr("--truncate: revenue is no text"));
  EXPECT_THAT(text, HasSubstr("--truncate: event_ts is no text"));
  EXPECT_THAT(text, HasSubstr("--truncate: extra is JSON"));
  EXPECT_THAT(text, HasSubstr("--truncate: source_offset is not read from events"));
  EXPECT_THAT(text, HasSubstr("--truncate: pages is no column of an event"));
  EXPECT_THAT(text, HasSubstr("Columns that may be cut: event_type, page, utm_campaign, device, geo_city, source"));
}

// What may be cut is told by hand in the table: no column whose name says it is an id may slip in.
TEST(CutColumns, OfTheTableAreTextsOfEventsAndNoIds) {
  for (const ColumnSpec& column : kColumns) {
    if (!column.may_be_cut) continue;
    EXPECT_EQ(column.type, ColumnType::text) << column.name;
    EXPECT_NE(column.origin, ColumnOrigin::lineage) << column.name;
    EXPECT_FALSE(column.name.ends_with("_id")) << column.name;
  }
}

TEST(CutCounts, AreToldByColumn) {
  CutCounts counts{};
  EXPECT_EQ(cuts_text(counts), "");
  count_cuts(with(with(0, page), geo_city), counts);
  count_cuts(with(0, page), counts);
  EXPECT_EQ(cuts_text(counts), "3 texts cut to their column's length: page 2, geo_city 1");
}

}  // namespace
}  // namespace rcml::contract
