#include "audit/partition_walk.h"

#include <gtest/gtest.h>

namespace rcml::audit {
namespace {

struct Walked {
  PartitionAccount account;
  std::vector<std::string> texts;
};

Walked walk(LakePositions held, const std::vector<int64_t>& events, int64_t begin = 0) {
  Walked walked;
  PartitionWalk walker(walked.account, held, begin, [&](const std::string& text) { walked.texts.push_back(text); });
  for (const int64_t offset : events) walker.event(offset);
  walker.finish();
  return walked;
}

TEST(PartitionWalk, EveryEventOnceIsFine) {
  const Walked walked = walk({.rows = {3, 0, 1}, .rejects = {2}}, {0, 1, 2, 3});
  EXPECT_EQ(walked.account.committed, 3);
  EXPECT_EQ(walked.account.rejected, 1);
  EXPECT_EQ(walked.account.missing + walked.account.doubled + walked.account.unknown, 0);
  EXPECT_TRUE(walked.texts.empty());
}

TEST(PartitionWalk, AHoleIsNamedByItsOffset) {
  const Walked walked = walk({.rows = {0, 270}}, {0, 135, 270});
  EXPECT_EQ(walked.account.missing, 1);
  ASSERT_EQ(walked.texts.size(), 1u);
  EXPECT_NE(walked.texts[0].find("offset 135"), std::string::npos);
}

TEST(PartitionWalk, TwiceInClicksIsDoubled) { EXPECT_EQ(walk({.rows = {0, 0}}, {0}).account.doubled, 1); }

TEST(PartitionWalk, InClicksAndInRejectsIsDoubled) {
  EXPECT_EQ(walk({.rows = {5}, .rejects = {5}}, {5}).account.doubled, 1);
}

TEST(PartitionWalk, AsManyAsWereReplayedMayStandInBoth) {
  PartitionAccount account;
  LakePositions held{.rows = {1, 2, 3}, .rejects = {1, 2, 3}};
  int64_t left = 2;
  PartitionWalk walker(account, held, 0, [](const std::string&) {});
  walker.allow_replays(left);
  for (const int64_t offset : {1, 2, 3}) walker.event(offset);
  EXPECT_EQ(account.replayed, 2);
  EXPECT_EQ(account.doubled, 1);
  EXPECT_EQ(left, 0);
}

TEST(PartitionWalk, APositionTheLogNeverHadIsUnknown) {
  EXPECT_EQ(walk({.rows = {0, 7, 10, 99}}, {0, 10}).account.unknown, 2);
}

TEST(PartitionWalk, WhatRetentionDeletedIsExpiredNotUnknown) {
  const Walked walked = walk({.rows = {0, 1, 2}, .rejects = {1}}, {2}, 2);
  EXPECT_EQ(walked.account.expired, 3);
  EXPECT_EQ(walked.account.unknown, 0);
  EXPECT_EQ(walked.account.committed, 1);
}

TEST(PartitionWalk, AnAllowedGapIsNotMissing) {
  PartitionAccount account;
  LakePositions held{.rows = {0, 4}};
  PartitionWalk walker(account, held, 0, [](const std::string&) {});
  walker.allow({Partition(0), Offset(1), Offset(3)});
  for (int64_t offset = 0; offset < 5; ++offset) walker.event(offset);
  EXPECT_EQ(account.missing, 1);  // Offset 3; 1 and 2 are allowed.
}

TEST(PartitionWalk, ADoubleBelowTheLogsBeginIsStillFound) {
  EXPECT_EQ(walk({.rows = {1, 1}}, {}, 2).account.doubled, 1);
}

struct DenseWalked {
  PartitionAccount account;
  std::vector<std::pair<int64_t, int64_t>> runs;
};

DenseWalked walk_dense(const std::vector<int64_t>& events, int64_t begin, int64_t next,
                       const std::vector<sink::Gap>& gaps = {}) {
  DenseWalked walked;
  LakePositions held{.rows = events};
  PartitionWalk walker(walked.account, held, begin, [](const std::string&) {});
  for (const sink::Gap& gap : gaps) walker.allow(gap);
  walker.expect_every_offset(
      next, [&](const broker::OffsetRange& run) { walked.runs.emplace_back(run.begin.value, run.end.value); });
  for (const int64_t offset : events) walker.event(offset);
  walker.finish();
  return walked;
}

TEST(PartitionWalk, OffsetsWithoutAnEventAreNamedByTheirRuns) {
  const DenseWalked walked = walk_dense({3, 4, 7, 8}, 2, 11);
  EXPECT_EQ(walked.account.absent, 5);
  EXPECT_EQ(walked.runs, (std::vector<std::pair<int64_t, int64_t>>{{2, 3}, {5, 7}, {9, 11}}));
}

TEST(PartitionWalk, NoOffsetIsAbsentWhereEachHasItsEvent) { EXPECT_EQ(walk_dense({2, 3}, 2, 4).account.absent, 0); }

TEST(PartitionWalk, WhatIsInAnAllowedGapIsNotAbsent) {
  const DenseWalked walked =
      walk_dense({0, 20}, 0, 21, {{Partition(0), Offset(12), Offset(15)}, {Partition(0), Offset(3), Offset(10)}});
  EXPECT_EQ(walked.runs, (std::vector<std::pair<int64_t, int64_t>>{{1, 3}, {10, 12}, {15, 20}}));
}

TEST(PartitionWalk, AnAllowedGapBelowTheLogsBeginTakesNothingFromTheRest) {
  const DenseWalked walked = walk_dense({500}, 500, 502, {{Partition(0), Offset(100), Offset(500)}});
  EXPECT_EQ(walked.runs, (std::vector<std::pair<int64_t, int64_t>>{{501, 502}}));
}

}  // namespace
}  // namespace rcml::audit
