// contract/timestamp_test.cc: every day and every text of the clock come back; the rest is in tests/cases/events.
#include "contract/timestamp.h"

#include <gtest/gtest.h>

#include "core/clock.h"

namespace rcml::contract {
namespace {

TEST(ParseTimestamp, IsTheInverseOfToText) {
  for (int64_t day = -719'528; day < 2'932'896; day += 13) {  // Years 0000 to 9999
    const UtcMicros at(day * kMicrosPerDay + (day * 7'919'000'017) % kMicrosPerDay);
    const UtcMicros wanted(at.value - (at.value % kMicrosPerDay < 0 ? at.value % kMicrosPerDay : 0));
    ASSERT_EQ(parse_timestamp(to_text(wanted)), wanted) << to_text(wanted);
  }
}

TEST(ParseTimestamp, KnowsItsBounds) {
  EXPECT_EQ(parse_timestamp("1970-01-01T00:00:00Z"), kEventTsMin);
  EXPECT_EQ(parse_timestamp("2262-01-01T00:00:00Z"), kEventTsEnd);
}

TEST(ParseTimestamp, NeverReadsBeyondTheText) {
  const std::string full = "2025-08-24T10:00:00.123456+05:30";
  ASSERT_TRUE(parse_timestamp(full));
  for (size_t length = 0; length < full.size(); ++length) {
    const std::string cut = full.substr(0, length);  // A copy: the sanitizer sees its end.
    EXPECT_FALSE(parse_timestamp(cut)) << cut;
  }
}

TEST(ParseTimestamp, RefusesEveryForeignByteAtEveryPlace) {
  const std::string good = "2025-08-24T10:00:00.5Z";
  for (size_t at = 0; at < good.size(); ++at) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string odd = good;
      odd[at] = static_cast<char>(byte);
      const bool is_digit_place = good[at] >= '0' && good[at] <= '9';
      const bool is_digit = byte >= '0' && byte <= '9';
      const bool is_case = good[at] == 'T' || good[at] == 'Z' ? (byte | 0x20) == (good[at] | 0x20) : odd == good;
      if ((is_digit_place && is_digit) || is_case) continue;
      EXPECT_FALSE(parse_timestamp(odd)) << odd;
    }
  }
}

}  // namespace
}  // namespace rcml::contract
