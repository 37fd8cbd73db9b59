#include "sink/commit.h"

#include <gtest/gtest.h>

#include "core/clock.h"
#include "lake/testing.h"

namespace rcml::sink {
namespace {

using namespace lake::testing;  // NOLINT: the helpers above

const std::string kApp = "rcml/clicks/0";

TEST(Commit, WhatChangedMarksMean) {
  EXPECT_EQ(verdict_of(MarkState::as_wanted, OwnFiles::in_log), Verdict::already_there);
  EXPECT_EQ(verdict_of(MarkState::as_wanted, OwnFiles::absent), Verdict::overtaken);
  EXPECT_EQ(verdict_of(MarkState::as_wanted, OwnFiles::unclear), Verdict::overtaken);
  EXPECT_EQ(verdict_of(MarkState::moved, OwnFiles::in_log), Verdict::moved);
  EXPECT_EQ(verdict_of(MarkState::moved, OwnFiles::absent), Verdict::moved);
}

TEST(Commit, OneLookFindsTheMarksOfAllPartitions) {
  EXPECT_EQ(common_prefix({}), "");
  EXPECT_EQ(common_prefix({{"g/t/12", 1}}), "g/t/12");
  EXPECT_EQ(common_prefix({{"g/t/12", 1}, {"g/t/120", 1}, {"g/t/9", 1}}), "g/t/");
  EXPECT_EQ(common_prefix({{"g/t/1", 1}, {"g/t/1/replayed", 1}}), "g/t/1");
}

// Another worker has done the very same, and in between ours was refused.
TEST(Commit, AnothersCommitIsNotTakenForOurs) {
  const TempDir dir;
  const auto ours = tiny_table(dir.path());
  const auto theirs = tiny_table(dir.path());
  const lake::Marks wanted{{kApp, 10}};
  const lake::Marks expected{{kApp, -1}};
  const auto first =
      value_of(commit_exactly_once(*theirs, {.adds = {tiny_file("theirs")}, .marks = wanted}, expected, {}));
  EXPECT_EQ(first.verdict, Verdict::committed);
  const auto second =
      value_of(commit_exactly_once(*ours, {.adds = {tiny_file("ours")}, .marks = wanted}, expected, {}));
  EXPECT_EQ(second.conflicts, 1);
  EXPECT_EQ(second.verdict, Verdict::overtaken);
  EXPECT_EQ(second.files, OwnFiles::absent);
  EXPECT_FALSE(is_ours(second.verdict));
}

TEST(Commit, AMarkThatStandsElsewhereHasMoved) {
  const TempDir dir;
  const auto ours = tiny_table(dir.path());
  const auto theirs = tiny_table(dir.path());
  (void)value_of(commit_exactly_once(*theirs, {.adds = {tiny_file("theirs")}, .marks = {{kApp, 7}}}, {{kApp, -1}}, {}));
  const auto second =
      value_of(commit_exactly_once(*ours, {.adds = {tiny_file("ours")}, .marks = {{kApp, 10}}}, {{kApp, -1}}, {}));
  EXPECT_EQ(second.verdict, Verdict::moved);
  EXPECT_EQ(second.files, OwnFiles::absent);
}

TEST(Outage, IsWaitedForAsLongAsItMayLastAndIsShown) {
  OutageStart start{0};
  Outage outage({.lasts_max = Millis(80), .wait_max = Millis(20), .start = &start});
  EXPECT_EQ(outage.lasted(), Millis(0));
  const UtcMicros began = monotonic_now();
  int tries = 0;
  while (outage.wait()) ++tries;
  EXPECT_GT(tries, 2);
  EXPECT_GE(monotonic_now().value - began.value, 80'000);
  EXPECT_GE(start.load(), began.value);
  outage.end();
  EXPECT_EQ(start.load(), 0);
  EXPECT_TRUE(outage.wait()) << "the next one counts from its own start";
}

}  // namespace
}  // namespace rcml::sink
