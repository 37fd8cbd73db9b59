#include "broker/spool/segment_index.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/clock.h"

namespace rcml::broker::spool {
namespace {

namespace fs = std::filesystem;

constexpr int64_t kSecond = kMicrosPerSecond;
// Listed at second 100, which took 1 ms; the folder had changed at second 50.
constexpr Listing kOld{50 * kSecond * 1000, UtcMicros(100 * kSecond), UtcMicros(7 * kSecond), 1000};

UtcMicros after(int64_t micros) { return UtcMicros(7 * kSecond + micros); }

TEST(SegmentIndex, AFolderThatDidNotChangeIsNotListed) {
  EXPECT_FALSE(must_list_again(kOld, kOld.changed_at_ns, after(1 * kSecond)));
  EXPECT_FALSE(must_list_again(kOld, kOld.changed_at_ns, after(9 * kSecond)));
  EXPECT_TRUE(must_list_again(kOld, kOld.changed_at_ns + 1, after(1 * kSecond)));
}

TEST(SegmentIndex, AListingRightAfterAChangeIsNotTrusted) {
  Listing fresh = kOld;
  fresh.changed_at_ns = 99 * kSecond * 1000;
  EXPECT_TRUE(must_list_again(fresh, fresh.changed_at_ns, after(1 * kSecond)));
  fresh.changed_at_ns = 200 * kSecond * 1000;  // A server whose clock is ahead.
  EXPECT_TRUE(must_list_again(fresh, fresh.changed_at_ns, after(1 * kSecond)));
}

TEST(SegmentIndex, ListingTakesAtMostATwentiethOfTheTime) {
  Listing slow = kOld;
  slow.cost_us = 100'000;
  EXPECT_FALSE(must_list_again(slow, slow.changed_at_ns + 1, after(1'999'999)));
  EXPECT_TRUE(must_list_again(slow, slow.changed_at_ns + 1, after(2'000'000)));
}

TEST(SegmentIndex, AFileSystemThatHidesChangesIsListedNowAndThen) {
  EXPECT_TRUE(must_list_again(kOld, kOld.changed_at_ns, after(10 * kSecond)));
  Listing slow = kOld;
  slow.cost_us = 100'000;
  EXPECT_FALSE(must_list_again(slow, slow.changed_at_ns, after(99 * kSecond)));
  EXPECT_TRUE(must_list_again(slow, slow.changed_at_ns, after(100 * kSecond)));
}

TEST(SegmentIndex, FindsASegmentUnderBothItsNames) {
  std::string pattern = fs::temp_directory_path() / "rcml_index_XXXXXX";
  const std::string dir = mkdtemp(pattern.data());
  const SegmentName first{0, UtcMicros(1'767'225'600'000'000), false};
  const SegmentName second{10, UtcMicros(1'767'225'660'000'000), true};
  for (const SegmentName& name : {second, first}) std::ofstream(dir + "/" + name.file_name()) << "x";
  SegmentIndex index(dir);
  ASSERT_TRUE(index.refresh().ok());
  EXPECT_EQ(index.segments().size(), 2U);
  SegmentName sealed = second;
  sealed.is_open = false;
  EXPECT_EQ(index.find(sealed), index.segments().begin() + 1);
  EXPECT_EQ(index.find(first), index.segments().begin());
  EXPECT_EQ(index.find({5, first.created_at, false}), index.segments().end());
  EXPECT_EQ(index.find({10, first.created_at, false}), index.segments().end());
  fs::remove_all(dir);
}

}  // namespace
}  // namespace rcml::broker::spool
