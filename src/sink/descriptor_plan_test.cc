#include "sink/descriptor_plan.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

TEST(DescriptorPlan, TheUsualLimitHoldsTheDefault) {
  EXPECT_EQ(*open_dts_within(64, {.limit = 1024, .open = 30}, 2), 64);
}

TEST(DescriptorPlan, ManyDatesOrEncodersAreCutToWhatIsAllowed) {
  EXPECT_EQ(*open_dts_within(4096, {.limit = 1024, .open = 30}, 2), (1024 - 30 - 256) / 4 - 2);
  EXPECT_EQ(*open_dts_within(64, {.limit = 1024, .open = 30}, 16), (1024 - 30 - 256) / 32 - 2);
  EXPECT_EQ(*open_dts_within(64, {.limit = 64, .open = 20}, 2), (64 - 20 - 16) / 4 - 2);
}

TEST(DescriptorPlan, AllFilesAndTheReserveStayWithinTheLimit) {
  for (int64_t limit = 40; limit < 5000; limit += 7) {
    for (int32_t encoders = 1; encoders <= 64; ++encoders) {
      const auto dts = open_dts_within(4096, {.limit = limit, .open = 20}, encoders);
      if (!dts.ok()) continue;
      EXPECT_LE(20 + 2 * encoders * (*dts + 2) + std::min<int64_t>(256, limit / 4), limit);
    }
  }
}

TEST(DescriptorPlan, TooFewAreRefusedWithTheNumberThatWillDo) {
  const auto refused = open_dts_within(64, {.limit = 32, .open = 20}, 4);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
  EXPECT_NE(refused.error().cure.find("Allow about 59 or more"), std::string::npos) << refused.error().cure;
  EXPECT_TRUE(open_dts_within(64, {.limit = 60, .open = 20}, 4).ok());
}

}  // namespace
}  // namespace rcml::sink
