#include "broker/kafka/absence_cause.h"

#include <gtest/gtest.h>

namespace rcml::broker::kafka {
namespace {

TEST(AbsenceCause, ACompactedTopicMayLackAnyOffset) {
  EXPECT_EQ(cause_of({"compact", false}), AbsenceCause::compaction);
  EXPECT_EQ(cause_of({"delete,compact", true}), AbsenceCause::compaction);
  EXPECT_EQ(cause_of({"compact", std::nullopt}), AbsenceCause::compaction);
}

TEST(AbsenceCause, TransactionsMayHaveTakenThem) { EXPECT_EQ(cause_of({"delete", true}), AbsenceCause::transactions); }

TEST(AbsenceCause, WithoutEitherNothingExplainsThem) { EXPECT_EQ(cause_of({"delete", false}), AbsenceCause::none); }

TEST(AbsenceCause, WhatTheBrokerDoesNotTellAccusesNobody) {
  EXPECT_EQ(cause_of({std::nullopt, false}), AbsenceCause::unknown);
  EXPECT_EQ(cause_of({"delete", std::nullopt}), AbsenceCause::unknown);
}

TEST(Absences, KeepsTheFirstRunAndTheSums) {
  Absences absences;
  absences.add(OffsetRange{Offset(3), Offset(5)});
  absences.add(OffsetRange{Offset(8), Offset(9)});
  EXPECT_EQ(absences.first.begin, Offset(3));
  EXPECT_EQ(absences.first.end, Offset(5));
  EXPECT_EQ(absences.runs, 2);
  EXPECT_EQ(absences.offsets, 3);
}

}  // namespace
}  // namespace rcml::broker::kafka
