#include "dashboard/filter.h"

#include <gtest/gtest.h>

#include "core/clock.h"

namespace rcml::dashboard {
namespace {

const Dt kToday = *parse_dt("2025-09-01");
const DataBounds kBounds = DateRange{*parse_dt("2025-01-01"), *parse_dt("2025-08-24")};

Result<Filter> parse(const Params& params) { return parse_filter(params, kBounds, kToday); }

std::string refusal(const Params& params) {
  const auto filter = parse(params);
  return filter.ok() ? "accepted" : filter.error().text();
}

TEST(FilterTest, RelativeRangeEndsAtTheLastDayOfTheData) {
  const Filter filter = *parse({{"range", "7d"}});
  EXPECT_EQ(to_text(filter.range.from), "2025-08-18");
  EXPECT_EQ(to_text(filter.range.to), "2025-08-24");
}

TEST(FilterTest, PreviousIsTheSameNumberOfDaysJustBefore) {
  const Filter filter = *parse({{"from", "2025-03-01"}, {"to", "2025-03-03"}});
  EXPECT_EQ(to_text(filter.previous->from), "2025-02-26");
  EXPECT_EQ(to_text(filter.previous->to), "2025-02-28");
  EXPECT_FALSE(parse({{"compare", "none"}})->previous.has_value());
}

TEST(FilterTest, ARelativeRangeDoesNotBeginBeforeTheData) {
  const DataBounds week = DateRange{*parse_dt("2025-08-18"), *parse_dt("2025-08-24")};
  const Filter filter = *parse_filter({{"range", "30d"}}, week, kToday);
  EXPECT_EQ(to_text(filter.range.from), "2025-08-18");
  EXPECT_FALSE(filter.previous.has_value()) << "nothing was recorded before";
}

TEST(FilterTest, AComparisonWithDaysNobodyRecordedIsNone) {
  EXPECT_TRUE(parse({{"from", "2025-02-01"}, {"to", "2025-03-03"}})->previous.has_value());
  EXPECT_FALSE(parse({{"from", "2025-01-30"}, {"to", "2025-03-03"}})->previous.has_value()) << "half of it is";
}

TEST(FilterTest, WithoutDataTheRangeEndsToday) {
  const Filter filter = *parse_filter({{"range", "all"}}, DataBounds(), kToday);
  EXPECT_EQ(to_text(filter.range.to), "2025-09-01");
  EXPECT_EQ(filter.range.days(), 30);
}

TEST(FilterTest, AllIsWhatTheDataCoversAndNeverMoreThanTheBound) {
  EXPECT_EQ(to_text(parse({{"range", "all"}})->range.from), "2025-01-01");
  const DataBounds ages = DateRange{*parse_dt("1970-01-01"), *parse_dt("2025-08-24")};
  EXPECT_EQ(parse_filter({{"range", "all"}}, ages, kToday)->range.days(), kRangeDaysMax);
}

TEST(FilterTest, WhatIsNotValidIsRefusedByName) {
  EXPECT_NE(refusal({{"range", "8d"}}).find("range"), std::string::npos);
  EXPECT_NE(refusal({{"from", "2025-02-30"}, {"to", "2025-03-01"}}).find("from/to"), std::string::npos);
  EXPECT_NE(refusal({{"from", "2025-03-02"}, {"to", "2025-03-01"}}).find("from before to"), std::string::npos);
  EXPECT_NE(refusal({{"from", "2025-03-01"}}).find("from/to"), std::string::npos);
  EXPECT_NE(refusal({{"from", "0001-01-01"}, {"to", "2025-03-01"}}).find("3660"), std::string::npos);
  EXPECT_NE(refusal({{"bots", "maybe"}}).find("bots"), std::string::npos);
  EXPECT_NE(refusal({{"grain", "hour"}, {"range", "90d"}}).find("31 days"), std::string::npos);
  EXPECT_NE(refusal({{"compare", "x"}}).find("compare"), std::string::npos);
  EXPECT_NE(refusal({{"format", "xml"}}).find("format"), std::string::npos);
  EXPECT_NE(refusal({{"range", "7d"}, {"from", "2025-01-01"}, {"to", "2025-01-02"}}).find("range"), std::string::npos);
  EXPECT_NE(refusal({{"range", "7d"}, {"range", "30d"}}).find("one value"), std::string::npos);
  EXPECT_NE(refusal({{"drop", "table"}}).find("no such parameter"), std::string::npos);
  EXPECT_NE(refusal({{"from", "2025-08-01"}}).find("both dates together"), std::string::npos);
}

TEST(FilterTest, RefusalsDoNotRepeatWhatTheViewerSent) {
  EXPECT_EQ(refusal({{"<script>", "1"}}).find("<script>"), std::string::npos);
  EXPECT_EQ(refusal({{"bots", "<script>"}}).find("<script>"), std::string::npos);
}

TEST(FilterTest, ListsAndTextsAreBounded) {
  Params many;
  for (int index = 0; index <= kChoicesMax; ++index) many.emplace("device", std::to_string(index));
  EXPECT_NE(refusal(many).find("20 values"), std::string::npos);
  EXPECT_NE(refusal({{"q", std::string(257, 'a')}}).find("256"), std::string::npos);
  EXPECT_EQ(refusal({{"q", std::string(256, 'a')}}), "accepted");
}

TEST(FilterTest, RequestsThatMeanTheSameHaveOneCanonicalText) {
  const auto text = [](const Params& params) { return canonical_text(*parse(params)); };
  EXPECT_EQ(text({{"device", "a"}, {"device", "b"}, {"range", "30d"}}),
            text({{"device", "b"}, {"device", "a"}, {"device", "a"}}));
  EXPECT_EQ(text({{"bots", "exclude"}, {"compare", "previous"}, {"format", "json"}}), text({}));
  EXPECT_NE(text({{"device", "a"}}), text({{"campaign", "a"}}));
  EXPECT_NE(text({{"device", "a&campaign1:b"}}), text({{"device", "a"}, {"campaign", "b"}}));
  EXPECT_NE(text({{"device", ""}}), text({}));
}

}  // namespace
}  // namespace rcml::dashboard
