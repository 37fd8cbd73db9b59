// contract/decimal_text_test.cc: every amount of hundredths survives every spelling.
#include "contract/decimal_text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

namespace rcml::contract {
namespace {

// `cents` written as MANTISSA e EXPONENT with the point after `digits_before` digits.
std::string spelled(int64_t cents, int64_t digits_before, int zeros_after) {
  std::string digits = std::to_string(cents < 0 ? -cents : cents);
  while (static_cast<int64_t>(digits.size()) < digits_before) digits = "0" + digits;
  const int64_t exponent = static_cast<int64_t>(digits.size()) - digits_before - 2;
  std::string whole = digits.substr(0, static_cast<size_t>(digits_before));
  std::string rest =
      digits.substr(static_cast<size_t>(digits_before)) + std::string(static_cast<size_t>(zeros_after), '0');
  while (whole.size() > 1 && whole[0] == '0') whole.erase(0, 1);
  return (cents < 0 ? "-" : "") + whole + (rest.empty() ? "" : "." + rest) + "e" + std::to_string(exponent);
}

TEST(ParseCents, IsExactForEverySpelling) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 200'000; ++i) {
    const int64_t limit = static_cast<int64_t>(1) << (random() % 39 + 1);
    const int64_t cents = static_cast<int64_t>(random() % static_cast<uint64_t>(limit)) * (random() % 2 == 0 ? 1 : -1);
    const auto digits = static_cast<int64_t>(std::to_string(cents < 0 ? -cents : cents).size());
    const std::string text = spelled(cents, 1 + static_cast<int64_t>(random() % static_cast<uint64_t>(digits)),
                                     static_cast<int>(random() % 4));
    ASSERT_EQ(parse_cents(text), cents) << text;
  }
}

TEST(ParseCents, HasTheBoundsOfDecimal12With2) {
  EXPECT_EQ(parse_cents("9999999999.99"), 999'999'999'999);
  EXPECT_EQ(parse_cents("-9999999999.99"), -999'999'999'999);
  EXPECT_EQ(parse_cents("9999999999.990"), 999'999'999'999);
  EXPECT_EQ(parse_cents("9999999999.991"), std::nullopt);
  EXPECT_EQ(parse_cents("10000000000"), std::nullopt);
  EXPECT_EQ(parse_cents("0.01"), 1);
  EXPECT_EQ(parse_cents("0.001"), std::nullopt);
  EXPECT_EQ(parse_cents("1000e-5"), 1);
  EXPECT_EQ(parse_cents("0.000000001e9"), 100);
  EXPECT_EQ(parse_cents("-0"), 0);
  EXPECT_EQ(parse_cents("100"), 10'000);
  EXPECT_EQ(parse_cents("1e99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_cents("1e-99999999999999999999"), std::nullopt);
}

TEST(ParseCents, LongZerosChangeNothing) {
  const std::string zeros(100'000, '0');
  EXPECT_EQ(parse_cents("0." + zeros + "5e100001"), 500);
  EXPECT_EQ(parse_cents("12.5" + zeros), 1250);
  EXPECT_EQ(parse_cents("5" + zeros + "e-100000"), 500);
}

TEST(FitsDouble, SaysWhichNumbersReadersHold) {
  EXPECT_TRUE(fits_double("1e308"));
  EXPECT_TRUE(fits_double("-1.7976931348623157E+308"));
  EXPECT_FALSE(fits_double("1.7976931348623159e308"));
  EXPECT_FALSE(fits_double("1e309"));
  EXPECT_TRUE(fits_double("0e999999"));
  EXPECT_TRUE(fits_double("1e-999999"));
  EXPECT_TRUE(fits_double("0." + std::string(400, '0') + "1e400"));
  EXPECT_FALSE(fits_double("1" + std::string(400, '0')));
  EXPECT_TRUE(fits_double("1" + std::string(400, '0') + "e-200"));
  EXPECT_FALSE(fits_double("1" + std::string(600, '0') + "e-200"));
}

}  // namespace
}  // namespace rcml::contract
