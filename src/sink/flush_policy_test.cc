#include "sink/flush_policy.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

constexpr FlushLimits kLimits{
    .events_max = 100, .file_bytes_max = 1000, .memory_bytes_max = 5000, .age_max = Millis(2000)};
constexpr UtcMicros kNow{10'000'000};

PendingStats young(int64_t events) {
  return {.events = events, .positions = events, .oldest_at = UtcMicros(kNow.value - 1)};
}

TEST(FlushPolicy, NothingConsumedNeverFlushesHoweverOld) {
  EXPECT_EQ(flush_reason({.oldest_at = UtcMicros(0)}, kNow, kLimits), FlushReason::none);
}

TEST(FlushPolicy, SmallBatchFlushesOnceOld) {
  PendingStats pending{.events = 1, .positions = 1, .oldest_at = UtcMicros(kNow.value - 1'999'999)};
  EXPECT_EQ(flush_reason(pending, kNow, kLimits), FlushReason::none);
  pending.oldest_at = UtcMicros(kNow.value - 2'000'000);
  EXPECT_EQ(flush_reason(pending, kNow, kLimits), FlushReason::age);
}

TEST(FlushPolicy, PositionsWithoutEventsFlushByAgeSoThatLagReachesZero) {
  EXPECT_EQ(flush_reason({.events = 0, .positions = 3, .oldest_at = UtcMicros(0)}, kNow, kLimits), FlushReason::age);
}

TEST(FlushPolicy, EachSizeLimitFlushesWhenReached) {
  EXPECT_EQ(flush_reason(young(99), kNow, kLimits), FlushReason::none);
  EXPECT_EQ(flush_reason(young(100), kNow, kLimits), FlushReason::events);
  PendingStats pending = young(1);
  pending.file_bytes = 1000;
  EXPECT_EQ(flush_reason(pending, kNow, kLimits), FlushReason::file_bytes);
  pending = young(1);
  pending.memory_bytes = 5000;
  EXPECT_EQ(flush_reason(pending, kNow, kLimits), FlushReason::memory);
}

TEST(FlushPolicy, OnlySizeHoldsReadingUp) {
  EXPECT_FALSE(holds_reading(FlushReason::none));
  EXPECT_FALSE(holds_reading(FlushReason::age));
  EXPECT_TRUE(holds_reading(FlushReason::memory));
}

}  // namespace
}  // namespace rcml::sink
