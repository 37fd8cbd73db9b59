#include "broker/spool/trim.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <thread>

#include "broker/spool/known_lakes.h"
#include "broker/spool/lock.h"
#include "broker/spool/source.h"
#include "broker/spool/verify.h"
#include "broker/spool/writer.h"

namespace rcml::broker::spool {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Millis kRollAge{60'000};
constexpr int64_t kMinute = 60'000'000;

// Segments of 100 bytes and 10 events, a minute apart; the last `open` of them are open.
PartitionFacts facts(int segments, int open = 0, int64_t first_start = 0) {
  PartitionFacts out;
  for (int i = 0; i < segments; ++i) {
    const int64_t start = first_start + 100 * i;
    const bool is_open = i >= segments - open;
    out.segments.push_back(
        {{start, UtcMicros(kMinute * i), is_open}, is_open ? Seal{} : Seal{100, 10, 0, start + 100}});
  }
  return out;
}

TrimPolicy keep(int64_t count) { return {.segments_kept = count}; }

TrimPlan plan_or_die(const PartitionFacts& partition, const TrimPolicy& policy,
                     const std::vector<LakePosition>& lakes) {
  auto plan = plan_trim(partition, policy, kRollAge, lakes);
  if (!plan.ok()) {
    ADD_FAILURE() << plan.error().text();
    return {};
  }
  return *plan;
}

TEST(PlanTrim, OldestSegmentsGoAndTheNewestStay) {
  const TrimPlan plan = plan_or_die(facts(10), keep(4), {{"a", 1000}});
  EXPECT_EQ(plan.segments, 6);
  EXPECT_EQ(plan.events, 60);
  EXPECT_EQ(plan.bytes, 600);
  EXPECT_EQ(plan.begin, 600);
  EXPECT_EQ(plan.held_by, "");
}

TEST(PlanTrim, WhatALakeHasNotCommittedStays) {
  const TrimPlan plan = plan_or_die(facts(10), keep(1), {{"a", 1000}, {"b", 350}});
  EXPECT_EQ(plan.begin, 300);
  EXPECT_EQ(plan.held_by, "b");
  EXPECT_EQ(plan.held_at, 350);
  EXPECT_EQ(plan_or_die(facts(10), keep(1), {{"a", 1000}, {"b", 0}}).segments, 0) << "b has committed nothing";
  EXPECT_EQ(plan_or_die(facts(10), keep(1), {}).segments, 0) << "no lake is known";
}

TEST(PlanTrim, ASegmentGoesWhenItsLastEventCanHaveArrivedBefore) {
  const auto before = [](int64_t minute) { return TrimPolicy{.arrived_before = UtcMicros(kMinute * minute)}; };
  EXPECT_EQ(plan_or_die(facts(10), before(0), {{"a", 1000}}).segments, 0);
  EXPECT_EQ(plan_or_die(facts(10), before(1), {{"a", 1000}}).segments, 1);
  EXPECT_EQ(plan_or_die(facts(10), before(5), {{"a", 1000}}).segments, 5);
}

TEST(PlanTrim, TheNewestSealedSegmentAlwaysStays) {
  EXPECT_EQ(plan_or_die(facts(3), {.arrived_before = UtcMicros(kMinute * 99)}, {{"a", 300}}).begin, 200);
  EXPECT_EQ(plan_or_die(facts(3, 1), {.arrived_before = UtcMicros(kMinute * 99)}, {{"a", 300}}).begin, 100);
  EXPECT_EQ(plan_or_die(facts(1, 1), {.arrived_before = UtcMicros(kMinute * 99)}, {{"a", 100}}).begin, 0);
  EXPECT_EQ(plan_or_die({}, keep(1), {{"a", 0}}).begin, 0);
}

TEST(PlanTrim, ALakeThatStandsBeforeAHoleOfAPowerCutKeepsItsSegment) {
  PartitionFacts partition = facts(3);
  partition.segments[0].seal.next_start = partition.segments[1].name.start = 150;
  EXPECT_EQ(plan_or_die(partition, keep(1), {{"a", 100}}).segments, 0);
  EXPECT_EQ(plan_or_die(partition, keep(2), {{"a", 150}}).begin, 150);
}

TEST(PlanTrim, ALakeOfAnotherSpoolStopsIt) {
  const auto plan = plan_trim(facts(3), keep(1), kRollAge, {{"a", 301}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().kind, ErrorKind::needs_person);
  EXPECT_THAT(plan.error().message, HasSubstr("301"));
}

TEST(PlanTrim, SegmentsThatNobodyTrimmedAndALakeLacksStopIt) {
  const auto plan = plan_trim(facts(3, 0, 500), keep(1), kRollAge, {{"a", 400}});
  ASSERT_FALSE(plan.ok());
  EXPECT_THAT(plan.error().message, HasSubstr("400 to 499"));
  EXPECT_EQ(plan_or_die(facts(3, 0, 500), keep(3), {{"a", 500}}).begin, 500) << "removed by hand, and committed";
}

class TrimFiles : public testing::Test {
 protected:
  TrimFiles() {
    std::string pattern = fs::temp_directory_path() / "rcml_trim_XXXXXX";
    root_ = mkdtemp(pattern.data());
    dir_ = root_ + "/s";
  }
  ~TrimFiles() override { fs::remove_all(root_); }

  void write(int events) const {
    SpoolWriterOptions options;
    options.dir = dir_;
    options.segment_bytes_max = 10;  // One event each.
    auto writer = SpoolWriter::open(options);
    ASSERT_TRUE(writer.ok()) << writer.error().text();
    for (int i = 0; i < events; ++i) ASSERT_TRUE((*writer)->write("k", "{\"i\":1234}").ok());
    ASSERT_TRUE((*writer)->close().ok());
  }

  OffsetRange range() const {
    auto source = SpoolSource::open({dir_});
    return *(*source)->range(Partition(0));
  }

  std::string root_;
  std::string dir_;
};

TEST_F(TrimFiles, PositionsKeepTheirMeaning) {
  write(6);
  ASSERT_TRUE(trim_partition(dir_ + "/0", {44, UtcMicros(1)}).ok());
  EXPECT_EQ(range().begin, Offset(44));
  EXPECT_EQ(range().end, Offset(66));
  write(1);
  EXPECT_EQ(range().end, Offset(77)) << "the writer goes on where it ended";
  std::vector<int64_t> offsets;
  ASSERT_TRUE(for_each_event(dir_, Partition(0), [&](const contract::SourceEvent& event) {
                offsets.push_back(event.offset.value);
                return Status();
              }).ok());
  EXPECT_THAT(offsets, ElementsAre(44, 55, 66));
  EXPECT_THAT(verify(dir_)->faults, IsEmpty());
  auto source = SpoolSource::open({dir_});
  (void)(*source)->poll(Millis(0));
  ASSERT_TRUE((*source)->seek(Partition(0), Offset(11)).ok());
  EXPECT_EQ((*source)->poll(Millis(0)).error().kind, ErrorKind::needs_person);
}

TEST_F(TrimFiles, FilesThatATrimLeftAreNoPartOfTheSpool) {
  write(6);
  const std::string oldest = dir_ + "/0/" + list_segments(dir_ + "/0")->front().file_name();
  const std::string kept = root_ + "/kept";
  fs::copy_file(oldest, kept);
  ASSERT_TRUE(trim_partition(dir_ + "/0", {44, UtcMicros(1)}).ok());
  fs::copy_file(kept, oldest);  // The trim had died before this file.
  EXPECT_EQ(range().begin, Offset(44));
  EXPECT_THAT(verify(dir_)->faults, IsEmpty());
  write(1);
  ASSERT_TRUE(trim_partition(dir_ + "/0", *read_trim_mark(dir_ + "/0")).ok());
  EXPECT_FALSE(fs::exists(oldest)) << "the next trim finishes it";
}

TEST_F(TrimFiles, AnOlderTrimTakesNothingBack) {
  write(6);
  ASSERT_TRUE(trim_partition(dir_ + "/0", {44, UtcMicros(1)}).ok());
  ASSERT_TRUE(trim_partition(dir_ + "/0", {22, UtcMicros(2)}).ok());
  EXPECT_EQ(read_trim_mark(dir_ + "/0")->begin, 44);
}

TEST_F(TrimFiles, AMissingFirstSegmentIsAFaultUnlessItWasTrimmed) {
  write(3);
  const SegmentName first = list_segments(dir_ + "/0")->front();
  fs::remove(dir_ + "/0/" + first.file_name());
  EXPECT_THAT(verify(dir_)->faults, ElementsAre(HasSubstr("no trim removed")));
  ASSERT_TRUE(trim_partition(dir_ + "/0", {11, UtcMicros(1)}).ok());
  EXPECT_THAT(verify(dir_)->faults, IsEmpty());
  EXPECT_FALSE(fs::exists(seal_path(dir_ + "/0", first)));
}

TEST_F(TrimFiles, LakesAreKnownUntilTheyAreForgotten) {
  EXPECT_THAT(*read_known_lakes(root_), IsEmpty());
  const KnownLake a{"file:///a \"b\"/", "rcml"};
  const KnownLake b{"s3://bucket/lake/", "other group", "shop-b"};
  for (const KnownLake& lake : {b, a, a}) ASSERT_TRUE(note_known_lake(root_, lake).ok());
  EXPECT_THAT(*read_known_lakes(root_), ElementsAre(a, b));
  ASSERT_TRUE(forget_known_lake(root_, a).ok());
  ASSERT_TRUE(forget_known_lake(root_, a).ok());
  EXPECT_THAT(*read_known_lakes(root_), ElementsAre(b));
}

TEST_F(TrimFiles, ALakeThatBecameKnownInBetweenStopsIt) {
  write(6);
  const KnownLake a{"file:///a/", "rcml"};
  const KnownLake late{"file:///late/", "rcml"};
  ASSERT_TRUE(note_known_lake(dir_, a).ok());
  ASSERT_TRUE(note_known_lake(dir_, late).ok());
  const Status refused = trim_spool(dir_, {a}, {{44, UtcMicros(1)}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("file:///late/"));
  EXPECT_EQ(range().begin, Offset(0));
  ASSERT_TRUE(trim_spool(dir_, {a, late}, {{44, UtcMicros(1)}}).ok());
  EXPECT_EQ(range().begin, Offset(44));
}

TEST_F(TrimFiles, ALakeBecomesKnownBeforeOrAfterATrimAndNeverWithinOne) {
  write(1);
  std::atomic<bool> is_known = false;
  std::thread stream;
  {
    const auto lock = lock_for_trim(dir_);
    ASSERT_TRUE(lock.ok());
    stream = std::thread([&] {
      EXPECT_TRUE(note_known_lake(dir_, {"file:///a/", "rcml"}).ok());
      is_known = true;
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_FALSE(is_known);
    EXPECT_THAT(*read_known_lakes(dir_), IsEmpty());
  }
  stream.join();
  EXPECT_TRUE(is_known);
}

}  // namespace
}  // namespace rcml::broker::spool
