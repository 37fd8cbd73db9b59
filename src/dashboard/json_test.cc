#include "dashboard/json.h"

#include <gtest/gtest.h>

#include <limits>

namespace rcml::dashboard {
namespace {

std::string json_of(std::string_view text) {
  std::string out;
  append_json_text(out, text);
  return out;
}

std::string json_value(const Value& value) {
  std::string out;
  append_json_value(out, value);
  return out;
}

TEST(JsonTest, MarkupAndControlCharactersAreEscaped) {
  EXPECT_EQ(json_of("</script><b>&\"\\\n"), R"("\u003c/script\u003e\u003cb\u003e\u0026\"\\\n")");
  EXPECT_EQ(json_of(std::string("\0\x1f\x7f", 3)), R"("\u0000\u001f\u007f")");
}

TEST(JsonTest, BytesThatAreNotUtf8BecomeTheReplacementCharacter) {
  EXPECT_EQ(json_of("caf\xC3\xA9 \xF0\x9F\x98\x80"), "\"caf\xC3\xA9 \xF0\x9F\x98\x80\"");
  EXPECT_EQ(json_of("\xFF"), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(json_of("a\xC3"), "\"a\xEF\xBF\xBD\"");              // Cut in the middle.
  EXPECT_EQ(json_of("\xC0\xAF"), "\"\xEF\xBF\xBD\xEF\xBF\xBD\"");  // Overlong slash.
  EXPECT_EQ(json_of("\xED\xA0\x80").find('\xED'), std::string::npos);  // Surrogate.
}

TEST(JsonTest, NumbersAreNumbersAndWhatIsNoneIsNull) {
  EXPECT_EQ(json_value(int64_t{-9223372036854775807}), "-9223372036854775807");
  EXPECT_EQ(json_value(0.1), "0.1");
  EXPECT_EQ(json_value(0.25), "0.25");
  EXPECT_EQ(json_value(std::numeric_limits<double>::quiet_NaN()), "null");
  EXPECT_EQ(json_value(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(json_value(Value()), "null");
  EXPECT_EQ(json_value(true), "true");
}

TEST(JsonTest, RowsAreObjects) {
  const Table table{{"page", "views"}, {{std::string("/"), int64_t{3}}, {Value(), Value()}}};
  EXPECT_EQ(to_json_rows(table), R"([{"page":"/","views":3},{"page":null,"views":null}])");
  EXPECT_EQ(to_json_rows(Table{}), "[]");
}

TEST(JsonTest, CsvQuotesEveryTextAndDefusesFormulas) {
  const Table table{{"page", "n"},
                    {{std::string("a,\"b\"\nc"), 1.5},
                     {std::string("=cmd|' /C calc'!A0"), int64_t{-2}},
                     {std::string("@x"), Value()}}};
  EXPECT_EQ(to_csv(table),
            "\xEF\xBB\xBF\"page\",\"n\"\r\n\"a,\"\"b\"\"\nc\",1.5\r\n\"'=cmd|' /C calc'!A0\",-2\r\n\"'@x\",\r\n");
}

TEST(JsonTest, NoLineOfACellBecomesAFormulaInAnyLocale) {
  const auto cell = [](std::string text) {
    const std::string csv = to_csv({{"c"}, {{std::move(text)}}});
    return csv.substr(csv.find("\r\n") + 2);
  };
  EXPECT_EQ(cell("a;=cmd|'/C calc'!A0"), "\"a;'=cmd|'/C calc'!A0\"\r\n");
  EXPECT_EQ(cell("a;@b;-c,+d\t=e; =f"), "\"a;'@b;'-c,+d\t'=e; =f\"\r\n");
  EXPECT_EQ(cell("a\n=1+1"), "\"a\n'=1+1\"\r\n");
  EXPECT_EQ(cell("a\r\n@b\r-c"), "\"a\r\n'@b\r'-c\"\r\n");
  EXPECT_EQ(cell("\xEF\xBC\x9D"
                 "1"),
            "\"'\xEF\xBC\x9D"
            "1\"\r\n");
  EXPECT_EQ(cell("\t=1"), "\"'\t'=1\"\r\n");
  EXPECT_EQ(cell("Z\xC3\xBCrich"), "\"Z\xC3\xBCrich\"\r\n");
}

}  // namespace
}  // namespace rcml::dashboard
