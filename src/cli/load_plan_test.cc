#include "cli/load_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rcml::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using warehouse::LakeFile;

lake::LogEntry entry(int64_t version, bool is_add, bool is_data_change, const std::string& name, int64_t bytes = 10) {
  lake::LogEntry made;
  made.version = TableVersion(version);
  made.is_add = is_add;
  made.is_data_change = is_data_change;
  made.file.path = "dt=2025-08-2" + name.substr(0, 1) + "/" + name;
  made.file.partition_values["dt"] = "2025-08-2" + name.substr(0, 1);
  made.file.bytes = bytes;
  made.file.row_count = 1;
  return made;
}

LakeFile plain(const lake::DataFile& file, TableVersion version) {
  return {file.path, "/lake/" + file.path, file.partition_values.at("dt"), file.bytes, file.row_count, version};
}

std::vector<std::string> paths(const std::vector<LakeFile>& files) {
  std::vector<std::string> out;
  for (const LakeFile& file : files) out.push_back(file.path);
  return out;
}

TEST(LoadPlan, TakesWhatStreamsCommittedAndNotWhatCompactionWrote) {
  const LoadPlan plan =
      plan_load({entry(1, true, true, "4a"), entry(2, true, true, "4b"), entry(3, false, false, "4a"),
                 entry(3, false, false, "4b"), entry(3, true, false, "4c"), entry(4, true, true, "5a")},
                plain);
  EXPECT_THAT(paths(plan.files), ElementsAre("dt=2025-08-24/4a", "dt=2025-08-24/4b", "dt=2025-08-25/5a"));
  EXPECT_EQ(plan.files[1].version, TableVersion(2));
  EXPECT_THAT(plan.shrunk_dts, IsEmpty());
}

TEST(LoadPlan, LeavesOutWhatWasDeletedAgain) {
  const LoadPlan plan = plan_load({entry(1, true, true, "4a"), entry(2, false, true, "4a")}, plain);
  EXPECT_THAT(plan.files, IsEmpty());
  EXPECT_THAT(plan.shrunk_dts, ElementsAre("2025-08-24"));
}

TEST(LoadPlan, ADateIsOvertakenWhenCompactionCameBeforeTheLoader) {
  const LoadPlan plan = plan_load({entry(1, true, true, "4a"), entry(1, true, true, "5a"), entry(2, false, false, "4a"),
                                   entry(2, true, false, "4c")},
                                  plain);
  EXPECT_THAT(overtaken_dts(plan, {}), ElementsAre("2025-08-24"));
  EXPECT_THAT(overtaken_dts(plan, {{"dt=2025-08-24/4a", 1}}), IsEmpty());
}

TEST(LoadPlan, BatchesKeepTheOrderAndTheLimits) {
  std::vector<LakeFile> files;
  for (int i = 0; i < 5; ++i) files.push_back({"f" + std::to_string(i), "", "", i == 2 ? 100 : 10, 1, TableVersion(i)});
  const auto batches = batches_of(files, {30, 2});
  ASSERT_EQ(batches.size(), 3u);
  EXPECT_THAT(paths(batches[0]), ElementsAre("f0", "f1"));
  EXPECT_THAT(paths(batches[1]), ElementsAre("f2"));
  EXPECT_THAT(paths(batches[2]), ElementsAre("f3", "f4"));
  EXPECT_THAT(batches_of({}, {30, 2}), IsEmpty());
}

TEST(LoadPlan, AReplacementCoversDatesOfLakeAndLedger) {
  const LakeFile a{"dt=2025-08-24/a", "", "2025-08-24", 1, 1, TableVersion(1)};
  const LakeFile c{"dt=2025-08-24/c", "", "2025-08-24", 1, 1, TableVersion(2)};
  const LakeFile other{"dt=2025-09-01/b", "", "2025-09-01", 1, 1, TableVersion(1)};
  const auto replacement =
      plan_replacement({"2025-08-01", "2025-08-31"}, {a, other}, {c, other}, {"dt=2025-08-02/gone", "dt=2025-09-01/b"});
  EXPECT_THAT(replacement.dts, ElementsAre("2025-08-02", "2025-08-24"));
  EXPECT_THAT(paths(replacement.originals), ElementsAre(a.path));
  EXPECT_THAT(paths(replacement.live), ElementsAre(c.path));
}

TEST(DtRange, ReadsADateARangeAndAll) {
  EXPECT_EQ(parse_dt_range("2025-08-24")->last, "2025-08-24");
  EXPECT_EQ(parse_dt_range("2025-08-01..2025-08-31")->last, "2025-08-31");
  EXPECT_TRUE(parse_dt_range("all")->contains("1999-01-01"));
  for (const char* bad : {"", "2025-02-30", "2025-08-31..2025-08-01", "2025-08-01..", "yesterday"})
    EXPECT_FALSE(parse_dt_range(bad).ok()) << bad;
}

}  // namespace
}  // namespace rcml::cli
