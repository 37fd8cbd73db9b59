#include "cli/run_schedule.h"

#include <gtest/gtest.h>

namespace rcml::cli {
namespace {

constexpr Millis kHour(3'600'000);
constexpr Millis kDay(86'400'000);
constexpr Millis kRetry(300'000);

UtcMicros at(int64_t day, int64_t hour, int64_t minute) {
  return UtcMicros((day * 86'400 + hour * 3600 + minute * 60) * 1'000'000);
}

TEST(RunSchedule, RoundsStartAtFullHours) {
  EXPECT_EQ(until_next(at(20000, 10, 20), kHour).value, 40 * 60'000);
  EXPECT_EQ(until_next(at(20000, 23, 59), kHour).value, 60'000);
}

TEST(RunSchedule, ARoundThatEndsOnTheHourWaitsAWholeOne) {
  EXPECT_EQ(until_next(at(20000, 10, 0), kHour).value, kHour.value);
}

TEST(RunSchedule, WhatMayPassByItselfIsTriedAgainSoon) {
  EXPECT_EQ(wait_after(3, at(20000, 10, 20), kHour, kRetry).value, kRetry.value);
  EXPECT_EQ(wait_after(3, at(20000, 10, 58), kHour, kRetry).value, 2 * 60'000);
}

TEST(RunSchedule, WhatNeedsAPersonWaitsForItsTime) {
  for (const int code : {0, 2, 4, 137}) {
    EXPECT_EQ(wait_after(code, at(20000, 10, 20), kHour, kRetry).value, 40 * 60'000) << code;
  }
}

TEST(RunSchedule, CareIsDueOnceInEachDay) {
  EXPECT_TRUE(is_care_due(std::nullopt, at(20000, 10, 0), kDay));
  EXPECT_FALSE(is_care_due(at(20000, 10, 1), at(20000, 23, 0), kDay));
  EXPECT_TRUE(is_care_due(at(20000, 10, 1), at(20001, 0, 0), kDay));
}

TEST(RunSchedule, CareCanBeLeftToSomebodyElse) { EXPECT_FALSE(is_care_due(std::nullopt, at(20000, 10, 0), Millis(0))); }

}  // namespace
}  // namespace rcml::cli
