#include "sink/marks.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

TEST(Marks, ProgressReadsOwnGroupAndTopicOnly) {
  const lake::Marks marks{{"rcml/clicks/0", 10},  {"rcml/clicks/12", 7},      {"rcml/clicks2/0", 99},
                          {"other/clicks/0", 98}, {"rcml/clicks/0/gap/3", 5}, {"rcml/clicks/x", 1}};
  const Progress progress = progress_of(marks, "rcml", "clicks");
  EXPECT_EQ(progress.next, (std::map<Partition, Offset>{{Partition(0), Offset(10)}, {Partition(12), Offset(7)}}));
  ASSERT_EQ(progress.gaps.size(), 1u);
  EXPECT_EQ(progress.gaps[0].first_missing, Offset(3));
  EXPECT_EQ(progress.gaps[0].resumed_at, Offset(5));
}

TEST(Marks, NamesRoundTrip) {
  const lake::Marks marks{{mark_app("g", "t", Partition(3)), 4}, {gap_app("g", "t", Partition(3), Offset(1)), 2}};
  const Progress progress = progress_of(marks, "g", "t");
  EXPECT_EQ(progress.next.at(Partition(3)), Offset(4));
  EXPECT_EQ(progress.gaps.at(0).partition, Partition(3));
}

class PlanStart : public ::testing::Test {
 protected:
  const broker::OffsetRange range_{Offset(500), Offset(1000)};
  Result<StartPlan> plan(int64_t mark, bool may_resume = false) {
    return plan_start(Partition(0), range_, {{Partition(0), Offset(mark)}}, may_resume, "kafka clicks");
  }
};

TEST_F(PlanStart, AnUnknownPartitionStartsAtItsBeginNeverAtItsEnd) {
  const auto start = plan_start(Partition(1), range_, {{Partition(0), Offset(600)}}, false, "clicks");
  ASSERT_TRUE(start.ok());
  EXPECT_EQ(start->next, Offset(500));
}

TEST_F(PlanStart, AMarkInsideTheRangeIsWhereToReadOn) {
  EXPECT_EQ(plan(700)->next, Offset(700));
  EXPECT_EQ(plan(500)->next, Offset(500));
  EXPECT_EQ(plan(1000)->next, Offset(1000));
}

TEST_F(PlanStart, DeletedOffsetsStopUnlessAllowed) {
  const auto stopped = plan(100);
  ASSERT_FALSE(stopped.ok());
  EXPECT_EQ(stopped.error().kind, ErrorKind::needs_person);
  EXPECT_NE(stopped.error().text().find("offsets 100 to 499"), std::string::npos);
  EXPECT_NE(stopped.error().cure.find("--on-gap resume"), std::string::npos);
  const auto resumed = plan(100, true);
  ASSERT_TRUE(resumed.ok());
  EXPECT_EQ(resumed->kind, StartKind::gap);
  EXPECT_EQ(resumed->next, Offset(500));
  EXPECT_EQ(resumed->first_missing, Offset(100));
}

TEST_F(PlanStart, AMarkBeyondTheEndStopsEvenWhenGapsAreAllowed) {
  for (bool may_resume : {false, true}) {
    const auto stopped = plan(1001, may_resume);
    ASSERT_FALSE(stopped.ok());
    EXPECT_EQ(stopped.error().kind, ErrorKind::needs_person);
  }
}

}  // namespace
}  // namespace rcml::sink
