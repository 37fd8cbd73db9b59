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

TEST(Marks, ALogIsKnownByItsIdOnceItWasWritten) {
  const lake::Marks old{{"rcml/clicks/0", 10}};
  EXPECT_TRUE(check_log(old, "rcml", "clicks", "spool:1").ok());
  lake::Marks marks = log_marks(old, "rcml", "clicks", "spool:1");
  EXPECT_EQ(marks.size(), 2u);
  EXPECT_GE(marks.at("rcml/clicks/log"), 0);
  marks.insert(old.begin(), old.end());
  EXPECT_TRUE(log_marks(marks, "rcml", "clicks", "spool:1").empty());
  EXPECT_TRUE(check_log(marks, "rcml", "clicks", "spool:1").ok());
  EXPECT_TRUE(check_log(marks, "rcml", "other", "spool:2").ok());
  EXPECT_TRUE(check_log(marks, "other", "clicks", "spool:2").ok());
  EXPECT_EQ(progress_of(marks, "rcml", "clicks").next.size(), 1u);
  const Status other = check_log(marks, "rcml", "clicks", "spool:2");
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind, ErrorKind::needs_person);
  EXPECT_NE(other.error().text().find("(spool:1)"), std::string::npos) << other.error().text();
  EXPECT_NE(other.error().text().find("spool:2"), std::string::npos);
}

TEST(Marks, ANameThatAnotherGroupHasForAnotherLogIsTaken) {
  const lake::Marks others = log_marks({}, "first", "clicks", "spool:1");
  EXPECT_TRUE(check_name(others, "second", "clicks", "spool:1").ok());
  EXPECT_TRUE(check_name(others, "second", "shop-clicks", "spool:2").ok());
  EXPECT_FALSE(check_name(others, "second", "clicks", "").ok());
  EXPECT_FALSE(check_name({{"g/a-b/0", 5}}, "g", "a_b", "spool:2").ok()) << "their files would have one name";
  EXPECT_FALSE(check_name({{"with/slash/a-b/0", 5}}, "g", "a_b", "").ok());
  EXPECT_TRUE(check_name({{"g/a-b/0", 5}, {"g/a_b/0", 5}}, "g", "a_b", "spool:2").ok()) << "as rcml 0.1 let them";
  const Status taken = check_name(others, "second", "clicks", "spool:2");
  ASSERT_FALSE(taken.ok());
  EXPECT_NE(taken.error().text().find("in the group first"), std::string::npos) << taken.error().text();
  // rcml 0.1 let a group read another log of the name: such a lake goes on.
  lake::Marks old = others;
  old["second/clicks/0"] = 7;
  EXPECT_TRUE(check_name(old, "second", "clicks", "spool:2").ok());
}

TEST(Marks, ATopicIdThatComesLaterIsWrittenDown) {
  lake::Marks marks = log_marks({}, "g", "t", "kafka:c");
  const lake::Marks more = log_marks(marks, "g", "t", "kafka:c/one");
  EXPECT_EQ(more.size(), 2u);
  for (const auto& [app, value] : more) marks[app] = value;
  EXPECT_TRUE(log_marks(marks, "g", "t", "kafka:c/one").empty());
  EXPECT_TRUE(check_log(marks, "g", "t", "kafka:c/one").ok());
  EXPECT_FALSE(check_log(marks, "g", "t", "kafka:c/two").ok());
}

TEST(Marks, ABrokerThatStopsOrBeginsToGiveTopicIdsIsTheSame) {
  const lake::Marks with = log_marks({}, "g", "t", "kafka:cluster/topic-1");
  EXPECT_TRUE(check_log(with, "g", "t", "kafka:cluster").ok());
  EXPECT_FALSE(check_log(with, "g", "t", "kafka:cluster/topic-2").ok());
  EXPECT_FALSE(check_log(with, "g", "t", "kafka:clus").ok());
  EXPECT_TRUE(check_log(log_marks({}, "g", "t", "kafka:cluster"), "g", "t", "kafka:cluster/topic-1").ok());
  EXPECT_FALSE(check_log(with, "g", "t", "").ok()) << "a log that cannot be known is not believed";
  EXPECT_TRUE(log_marks({}, "g", "t", "").empty());
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
