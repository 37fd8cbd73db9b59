// Results, time and the stop signal.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

#include "core/back_off.h"
#include "core/clock.h"
#include "core/result.h"

namespace rcml {
namespace {

Result<int> half(int n) {
  if (n % 2 != 0) return bad_config("odd", "give an even number");
  return n / 2;
}

Result<int> quarter(int n) {
  RCML_TRY(const int once, half(n));
  RCML_OK(half(once));
  return half(once);
}

TEST(Result, TravelsThroughTheMacros) {
  EXPECT_EQ(*quarter(12), 3);
  EXPECT_EQ(quarter(6).error().text(), "odd. give an even number");
  EXPECT_EQ(exit_code(quarter(6).error().kind), 2);
  EXPECT_EQ(exit_code(ErrorKind::unavailable), 3);
  EXPECT_EQ(exit_code(ErrorKind::corrupt), 4);
  EXPECT_EQ(exit_code(ErrorKind::cancelled), 0);
  errno = ENOSPC;
  EXPECT_THAT(os_error("write", "/x").text(), testing::HasSubstr("write /x: No space left on device. Free some space"));
  for (const int code : {EMFILE, ENFILE, EACCES, EPERM, EROFS, EDQUOT}) {
    errno = code;
    EXPECT_NE(os_error("create", "/x").cure, "") << code;
  }
}

TEST(Clock, TextAndNumbersAgreeAlsoBeforeTheEpoch) {
  EXPECT_EQ(to_text(UtcMicros(1'756'029'600'123'456)), "2025-08-24T10:00:00.123456Z");
  EXPECT_EQ(to_text(UtcMicros(-1)), "1969-12-31T23:59:59.999999Z");
  EXPECT_EQ(dt_of(UtcMicros(-1)), Dt(-1));
  EXPECT_EQ(dt_of(UtcMicros(0)), Dt(0));
  EXPECT_EQ(to_text(Dt(-1)), "1969-12-31");
  for (int32_t day = -800'000; day < 800'000; day += 997) {
    const CivilDate date = civil_from_days(day);
    EXPECT_EQ(days_from_civil(date.year, date.month, date.day), day);
  }
}

TEST(Clock, OnlyRealDatesOfTheOneFormAreParsed) {
  EXPECT_EQ(parse_dt("2024-02-29"), Dt(days_from_civil(2024, 2, 29)));
  for (const char* bad :
       {"2025-02-29", "2025-2-01", "2025-13-01", "2025-00-10", "2025-01-32", "", "2025-01-01 ", "20250101"}) {
    EXPECT_FALSE(parse_dt(bad)) << bad;
  }
}

TEST(BackOff, DoublesUpToItsBoundAndIsHalfRandom) {
  for (const auto& [tries, ceiling] : {std::pair<int64_t, int64_t>{0, 50}, {1, 100}, {4, 800}, {5, 1000}, {90, 1000}}) {
    for (int i = 0; i < 100; ++i) {
      const int64_t wait = back_off(tries, Millis(50), Millis(1000)).value;
      EXPECT_GE(wait, ceiling / 2);
      EXPECT_LE(wait, ceiling);
    }
  }
}

}  // namespace
}  // namespace rcml
