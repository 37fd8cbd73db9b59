#include "sink/adoption.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

using Offsets = std::vector<int64_t>;

Adoption plan(Offsets events, Offsets rows, Offsets rejects, int64_t from = 0, int64_t begin = 0, int64_t end = 100) {
  return plan_adoption({.partition = Partition(3),
                        .from = Offset(from),
                        .log = {Offset(begin), Offset(end)},
                        .events = std::move(events),
                        .rows = std::move(rows),
                        .rejects = std::move(rejects)});
}

TEST(Adoption, GoesOnAtTheFirstEventThatIsNowhere) {
  const Adoption adoption = plan({0, 1, 2, 3, 4}, {2, 0}, {1});
  EXPECT_EQ(adoption.clicks_next, Offset(3));
  EXPECT_EQ(adoption.rejects_next, Offset(2));
  EXPECT_TRUE(adoption.gaps.empty());
  EXPECT_EQ(adoption.rows, 2);
  EXPECT_EQ(adoption.rejects, 1);
}

TEST(Adoption, AllHeldGoesOnAtTheLogsEndWhateverItsLastOffsetsAre) {
  EXPECT_EQ(plan({0, 1}, {0}, {1}).clicks_next, Offset(100));
  EXPECT_EQ(plan({0, 50}, {0, 50}, {}).clicks_next, Offset(100));
}

TEST(Adoption, AnEmptyLakeGoesOnWhereItStood) {
  EXPECT_EQ(plan({7, 8}, {}, {}, 7).clicks_next, Offset(7));
  EXPECT_EQ(plan({7, 8}, {}, {}, 7).rejects_next, Offset(7));
}

TEST(Adoption, RejectsWhoseRowsNeverCameAreTheFirstHalfOfABatch) {
  const Adoption adoption = plan({0, 1, 2, 3, 4, 5}, {0, 1}, {3, 5});
  EXPECT_EQ(adoption.clicks_next, Offset(2));
  EXPECT_EQ(adoption.rejects_next, Offset(6));
  EXPECT_TRUE(adoption.gaps.empty());
}

TEST(Adoption, AnEventThatIsMissingBeforeARowIsAGap) {
  const Adoption adoption = plan({0, 1, 2, 3, 4, 5, 6}, {0, 3, 5}, {});
  ASSERT_EQ(adoption.gaps.size(), 2u);
  EXPECT_EQ(adoption.gaps[0].partition, Partition(3));
  EXPECT_EQ(adoption.gaps[0].first_missing, Offset(1));
  EXPECT_EQ(adoption.gaps[0].resumed_at, Offset(3));
  EXPECT_EQ(adoption.gaps[1].first_missing, Offset(4));
  EXPECT_EQ(adoption.gaps[1].resumed_at, Offset(5));
  EXPECT_EQ(adoption.clicks_next, Offset(6));
}

TEST(Adoption, OffsetsWithoutAnEventAreNoGap) {
  const Adoption adoption = plan({0, 10, 20}, {0, 10}, {});
  EXPECT_TRUE(adoption.gaps.empty());
  EXPECT_EQ(adoption.clicks_next, Offset(20));
}

TEST(Adoption, WhatLiesBelowTheMarkIsNotLookedAt) {
  const Adoption adoption = plan({0, 1, 2, 3}, {0, 2}, {}, 2);
  EXPECT_TRUE(adoption.gaps.empty());
  EXPECT_EQ(adoption.rows, 1);
  EXPECT_EQ(adoption.clicks_next, Offset(3));
}

TEST(Adoption, WhatTheLogHasLostAndTheLakeLacksIsAGap) {
  const Adoption adoption = plan({5, 6}, {2, 3, 5}, {}, 2, 5);
  ASSERT_EQ(adoption.gaps.size(), 1u);
  EXPECT_EQ(adoption.gaps[0].first_missing, Offset(4));
  EXPECT_EQ(adoption.gaps[0].resumed_at, Offset(5));
  EXPECT_EQ(adoption.clicks_next, Offset(6));
}

TEST(Adoption, ALogThatLostAllWeHadNotReadIsOneGap) {
  const Adoption adoption = plan({}, {}, {}, 2, 5, 5);
  ASSERT_EQ(adoption.gaps.size(), 1u);
  EXPECT_EQ(adoption.gaps[0].resumed_at, Offset(5));
  EXPECT_EQ(adoption.clicks_next, Offset(5));
}

TEST(Adoption, CountsDoublesAndWhatLiesBeyondTheLog) {
  EXPECT_EQ(plan({0, 1}, {0, 1, 1}, {}).doubled, 1);
  EXPECT_EQ(plan({0, 1}, {0}, {1, 1}).doubled, 1);
  EXPECT_EQ(plan({0, 1}, {0, 1}, {1}).doubled, 0);  // A replayed reject.
  EXPECT_EQ(plan({0, 1}, {0, 99, 100}, {}).beyond, 1);
}

TEST(Marks, ASparkQueryIsAdoptedOnceOurMarksCoverItsLastBatch) {
  const lake::Marks clicks{{"g/t/spark/a", 4}, {"g/t/spark/b", 7}, {"g/t/adopted/b", 7}, {"g/other/spark/c", 1}};
  const lake::Marks rejects{{"g/t/spark/a", 5}, {"g/t/spark/a/again-1", 3}};
  const auto writers = writers_not_adopted(clicks, rejects, "g", "t");
  ASSERT_EQ(writers.size(), 1u);
  EXPECT_EQ(writers[0].name, "a");
  EXPECT_EQ(writers[0].batch, 5);
  EXPECT_FALSE(check_adopted(clicks, rejects, "g", "t").ok());
  EXPECT_TRUE(check_adopted({{"g/t/spark/b", 7}, {"g/t/adopted/b", 7}}, {}, "g", "t").ok());
  EXPECT_FALSE(check_adopted({{"g/t/spark/b", 8}, {"g/t/adopted/b", 7}}, {}, "g", "t").ok());
}

TEST(Marks, SparksMarksAreNoProgressOfOurs) {
  const Progress progress = progress_of({{"g/t/spark/a", 4}, {"g/t/adopted/a", 4}, {"g/t/0", 9}}, "g", "t");
  EXPECT_EQ(progress.next.size(), 1u);
  EXPECT_TRUE(progress.gaps.empty());
}

}  // namespace
}  // namespace rcml::sink
