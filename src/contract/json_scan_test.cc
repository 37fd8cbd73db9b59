// contract/json_scan_test.cc: the scanner takes what JSON is, no more and no less.
#include "contract/json_scan.h"

#include <gtest/gtest.h>

namespace rcml::contract {
namespace {

ScanFault fault_of(std::string_view text) { return scan_value(text, 8).fault; }

TEST(ScanValue, TakesOneValueAndStopsAfterIt) {
  const std::string_view text = R"({"a": [1, -2.5e-3, "x\"]", true, {}], "b": null} , 5)";
  const ScannedValue scanned = scan_value(text, 8);
  EXPECT_EQ(scanned.fault, ScanFault::none);
  EXPECT_EQ(text.substr(scanned.length), " , 5");
}

TEST(ScanValue, RefusesWhatIsNoJson) {
  for (const char* text : {"",        " 1",       "{",          "[",       "[1",        "[1,",      "[1,]",      "[,1]",
                           "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}",   "{1:1}",     "[1}",      "{\"a\":1]", "-",
                           "+1",      ".5",       "-.5",        "1e",      "1e+",       "1.e5",     "tru",       "nul",
                           "True",    "\"",       "\"\\",       "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "]",         ","}) {
    EXPECT_EQ(fault_of(text), ScanFault::syntax) << text;
  }
}

TEST(ScanValue, CountsLevels) {
  EXPECT_EQ(scan_value("[[[]]]", 3).fault, ScanFault::none);
  EXPECT_EQ(scan_value("[[[]]]", 2).fault, ScanFault::depth);
  EXPECT_EQ(scan_value("[[],[],[[]]]", 3).fault, ScanFault::none);
  EXPECT_EQ(scan_value("1", 0).fault, ScanFault::none);
  EXPECT_EQ(scan_value("[]", 0).fault, ScanFault::depth);
}

TEST(ScanValue, SeesNulEscapesButNoEscapedBackslashes) {
  EXPECT_TRUE(scan_value(R"("\u0000")", 8).has_nul_escape);
  EXPECT_FALSE(scan_value(R"("\\u0000")", 8).has_nul_escape);
}

TEST(ReplaceNulEscapes, LeavesEverythingElse) {
  std::string json = R"(\u0000{"a":"\\u0000\\\u0000\u00000\n\u0001"})";
  replace_nul_escapes(json, 6);
  EXPECT_EQ(json, R"(\u0000{"a":"\\u0000\\\ufffd\ufffd0\n\u0001"})");
}

}  // namespace
}  // namespace rcml::contract
