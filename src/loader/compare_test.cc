// What happened to a lake, in one line each, and what a load makes of it.
#include "loader/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "loader/plan.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::LiveFiles;
using lake::TableChange;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int64_t kRows = 10;

DataFile file(const std::string& name, int64_t rows = kRows, const std::string& dt = "2025-08-24") {
  DataFile made;
  made.path = "dt=" + dt + "/" + name;
  made.partition_values = {{"dt", dt}};
  made.bytes = 100;
  made.row_count = rows;
  return made;
}

DataFile with_vector(DataFile one, const std::string& id, int64_t deleted) {
  one.deletion_vector_id = id;
  one.deletion_vector_json = "{}";
  one.deleted_row_count = deleted;
  one.row_count -= deleted;
  return one;
}

// A lake and a warehouse beside it. Names stand for files of kRows rows; sums of them for merged files.
struct Story {
  LiveFiles live;
  std::vector<TableChange> changes;
  Ledger ledger;

  void commit(bool is_data_change, std::vector<DataFile> removed, std::vector<DataFile> added) {
    const TableChange change{TableVersion(static_cast<int64_t>(changes.size()) + 1), is_data_change, std::move(removed),
                             std::move(added)};
    changes.push_back(change);
    lake::apply(change, live);
  }
  void append(const DataFile& one) { commit(true, {}, {one}); }
  void change(std::vector<DataFile> removed, std::vector<DataFile> added) {
    commit(true, std::move(removed), std::move(added));
  }
  void merge(std::vector<DataFile> removed, std::vector<DataFile> added) {
    commit(false, std::move(removed), std::move(added));
  }
  // A load of everything; the history is then read from here on.
  void load() {
    ledger.clear();
    for (const auto& [key, one] : live) ledger[key] = one.row_count;
    changes.clear();
    is_loaded = true;
  }
  LoadPlan plan() const {
    LoadPlan plan = plan_load(differences(ledger, live, changes));
    if (is_loaded) expect_same(plan, plan_load(differences_since(ledger, changes)));
    return plan;
  }
  // What changed since the last load tells as much as everything does.
  static void expect_same(const LoadPlan& all, const LoadPlan& since) {
    EXPECT_EQ(since.again, all.again);
    EXPECT_EQ(keys(since.files), keys(all.files));
    EXPECT_EQ(since.merged_away, all.merged_away);
    EXPECT_EQ(since.renamed_from, all.renamed_from);
    EXPECT_EQ(keys(since.renamed_to), keys(all.renamed_to));
  }
  static std::vector<std::string> keys(const std::vector<DataFile>& files) {
    std::vector<std::string> all;
    for (const DataFile& one : files) all.push_back(lake::live_key(one));
    return all;
  }

  bool is_loaded = false;
};

std::vector<std::string> names(const std::vector<DataFile>& files) {
  std::vector<std::string> all;
  for (const DataFile& one : files) all.push_back(lake::live_key(one).substr(14));
  return all;
}

TEST(Compare, AFirstLoadTakesWhatIsLiveWhateverHappenedBefore) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.change({file("ab", 2 * kRows)}, {file("x", 5)});
  story.change({file("x", 5)}, {file("ab", 2 * kRows)});  // RESTORE.
  EXPECT_THAT(names(story.plan().files), ElementsAre("ab"));
  EXPECT_THAT(story.plan().again, IsEmpty());
}

TEST(Compare, NothingNewIsNothingToDo) {
  Story story;
  story.append(file("a"));
  story.load();
  EXPECT_TRUE(differences(story.ledger, story.live, {}).empty());
}

TEST(Compare, AMergeOfLoadedFilesOnlyChangesTheirNames) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.load();
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.append(file("c"));
  story.merge({file("ab", 2 * kRows)}, {file("x", 7), file("y", 13)});  // Sorted into two.
  const LoadPlan plan = story.plan();
  EXPECT_THAT(names(plan.files), ElementsAre("c"));
  EXPECT_THAT(plan.again, IsEmpty());
  EXPECT_THAT(plan.renamed_from, ElementsAre("dt=2025-08-24/a", "dt=2025-08-24/b"));
  EXPECT_THAT(names(plan.renamed_to), ElementsAre("x", "y"));
}

TEST(Compare, AMergeThatRanAheadCostsItsOwnFilesOnly) {
  Story story;
  story.append(file("a"));
  story.load();
  story.append(file("b"));
  story.append(file("c"));
  story.merge({file("b"), file("c")}, {file("bc", 2 * kRows)});
  EXPECT_THAT(names(story.plan().files), ElementsAre("bc")) << "nothing of it was loaded: the merged file is new";
  story.merge({file("a"), file("bc", 2 * kRows)}, {file("abc", 3 * kRows)});
  const LoadPlan plan = story.plan();
  EXPECT_THAT(names(plan.files), ElementsAre("bc")) << "merged with what is loaded: its rows come from where they were";
  EXPECT_THAT(plan.merged_away, ElementsAre("dt=2025-08-24/bc"));
  EXPECT_THAT(plan.renamed_from, ElementsAre("dt=2025-08-24/a", "dt=2025-08-24/bc"));
  EXPECT_THAT(names(plan.renamed_to), ElementsAre("abc"));
  const LoadPlan swept = without_gone(plan, plan.merged_away);
  EXPECT_THAT(swept.again, ElementsAre("2025-08-24")) << "vacuum has taken it: the date from its live files";
  EXPECT_TRUE(swept.files.empty() && swept.renamed_from.empty() && swept.renamed_to.empty());
}

TEST(Compare, AKillBetweenRowsAndNamesIsCaughtUpWith) {
  Story story;
  story.append(file("a"));
  story.load();
  story.append(file("b"));
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.ledger["dt=2025-08-24/b"] = kRows;
  const LoadPlan plan = story.plan();
  EXPECT_THAT(plan.files, IsEmpty());
  EXPECT_THAT(names(plan.renamed_to), ElementsAre("ab"));
  story.ledger = {{"dt=2025-08-24/ab", 2 * kRows}};
  EXPECT_TRUE(differences(story.ledger, story.live, story.changes).empty());
}

struct Changed {
  const char* name;
  std::vector<DataFile> removed;
  std::vector<DataFile> added;
};

TEST(Compare, ADateWhoseLoadedRowsChangedIsLoadedAgain) {
  for (const Changed& one : std::vector<Changed>{
           {"DELETE, copied on write", {file("a")}, {file("a2", 9)}},
           {"DELETE of all rows", {file("a")}, {}},
           {"UPDATE", {file("a")}, {file("a2")}},
           {"DELETE by a deletion vector", {file("a")}, {with_vector(file("a"), "v", 1)}},
           {"OPTIMIZE that lost a row", {file("a")}, {file("a2", 9)}},
       }) {
    SCOPED_TRACE(one.name);
    Story story;
    story.append(file("a"));
    story.append(file("other", kRows, "2025-08-25"));
    story.load();
    story.commit(std::string(one.name).find("OPTIMIZE") != 0, one.removed, one.added);
    story.append(file("new", kRows, "2025-08-25"));
    const LoadPlan plan = story.plan();
    EXPECT_THAT(plan.again, ElementsAre("2025-08-24"));
    EXPECT_THAT(names(plan.files), ElementsAre("new"));
  }
}

// L5: the files were merged in between, and the names of the change say nothing of what was loaded.
TEST(Compare, AChangeAfterAMergeIsAChange) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.load();
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.change({file("ab", 2 * kRows)}, {file("x", 19)});
  EXPECT_THAT(story.plan().again, ElementsAre("2025-08-24"));
  EXPECT_THAT(story.plan().files, IsEmpty());
}

TEST(Compare, ADeletionThatWasTakenBackCostsNothing) {
  Story story;
  story.append(file("a"));
  story.load();
  story.change({file("a")}, {with_vector(file("a"), "v", 3)});
  story.change({with_vector(file("a"), "v", 3)}, {with_vector(file("a"), "w", 4)});
  EXPECT_THAT(story.plan().again, ElementsAre("2025-08-24"));
  story.change({with_vector(file("a"), "w", 4)}, {file("a")});
  EXPECT_TRUE(differences(story.ledger, story.live, story.changes).empty());
}

TEST(Compare, TwoVectorsOfOnePathAndOneSizeAreTwoFiles) {
  Story story;
  story.append(with_vector(file("a"), "v", 3));
  story.load();
  story.change({with_vector(file("a"), "v", 3)}, {with_vector(file("a"), "w", 3)});
  EXPECT_THAT(story.plan().again, ElementsAre("2025-08-24"));
}

TEST(Compare, AMergeBroughtBackByARestoreIsStillTheSameRows) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.load();
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.change({file("ab", 2 * kRows)}, {});
  story.change({}, {file("ab", 2 * kRows)});
  EXPECT_THAT(names(story.plan().renamed_to), ElementsAre("ab"));
  EXPECT_THAT(story.plan().again, IsEmpty());
}

TEST(Compare, AHistoryThatBeginsTooLateExplainsNothingAndTheDateIsLoadedAgain) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.load();
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.changes.clear();
  const auto found = differences(story.ledger, story.live, story.changes);
  EXPECT_TRUE(has_unexplained(found));
  EXPECT_THAT(plan_load(found).again, ElementsAre("2025-08-24"));
}

// A ledger of rcml 0.1 names what was streamed, however long ago it was merged; the whole history explains it.
TEST(Compare, AnOldLedgerIsBroughtToTheNamesOfToday) {
  Story story;
  story.append(file("a"));
  story.append(file("b"));
  story.merge({file("a"), file("b")}, {file("ab", 2 * kRows)});
  story.ledger = {{"dt=2025-08-24/a", kRows}, {"dt=2025-08-24/b", kRows}};
  EXPECT_THAT(names(story.plan().renamed_to), ElementsAre("ab"));
  EXPECT_THAT(story.plan().again, IsEmpty());
  story.ledger["dt=2025-08-24/ab"] = 2 * kRows;  // What it doubled (L5).
  EXPECT_THAT(story.plan().again, ElementsAre("2025-08-24"));
}

TEST(Compare, RowCountsThatTheHistoryLeavesOutAreNoObstacle) {
  Story story;
  story.append(file("a"));
  story.load();
  DataFile bare = file("b", lake::kRowsUnknown);
  story.append(bare);
  DataFile removed = bare;
  removed.row_count = lake::kRowsUnknown;
  story.merge({file("a", lake::kRowsUnknown), removed}, {file("ab", 2 * kRows)});
  EXPECT_THAT(names(story.plan().files), ElementsAre("b"));
  EXPECT_THAT(names(story.plan().renamed_to), ElementsAre("ab"));
}

TEST(Plan, TheViewOfABatchIsOfItsDates) {
  Story story;
  story.append(file("a"));
  story.append(file("other", kRows, "2025-08-25"));
  story.load();
  story.append(file("b"));
  story.append(file("c"));
  const LoadPlan plan = story.plan();
  const warehouse::LedgerView view = view_of({plan.files.front()}, plan, story.ledger);
  EXPECT_THAT(view.dts, ElementsAre("2025-08-24"));
  EXPECT_THAT(view.lines, ElementsAre("dt=2025-08-24/a"));
  EXPECT_THAT(view.planned, ElementsAre("dt=2025-08-24/b", "dt=2025-08-24/c"));
}

TEST(Plan, DatesAreReplacedTogetherUpToTheSizeOfABatch) {
  LiveFiles live;
  for (const char* dt : {"2025-08-01", "2025-08-02", "2025-08-03", "2025-08-04"}) {
    for (const char* name : {"a", "b"}) lake::apply({{}, true, {}, {file(name, kRows, dt)}}, live);
  }
  const auto groups = groups_of({"2025-08-01", "2025-08-02", "2025-08-04", "2025-08-09"}, live, {400, 100});
  ASSERT_EQ(groups.size(), 2U);
  EXPECT_THAT(groups[0].dts, ElementsAre("2025-08-01", "2025-08-02"));
  EXPECT_EQ(groups[0].files.size(), 4U);
  EXPECT_THAT(groups[1].dts, ElementsAre("2025-08-04", "2025-08-09")) << "a date without files loses its rows";
}

TEST(Plan, NewNamesAreGivenDateByDate) {
  LoadPlan plan;
  for (const char* dt : {"2025-08-01", "2025-08-02", "2025-08-03"}) {
    for (const char* name : {"a", "b"}) plan.renamed_from.push_back(lake::live_key(file(name, kRows, dt)));
    plan.renamed_to.push_back(file("ab", 2 * kRows, dt));
  }
  const auto renamings = renamings_of(plan, 4);
  ASSERT_EQ(renamings.size(), 2U);
  EXPECT_THAT(renamings[0].from,
              ElementsAre("dt=2025-08-01/a", "dt=2025-08-01/b", "dt=2025-08-02/a", "dt=2025-08-02/b"));
  EXPECT_EQ(renamings[0].to.size(), 2U);
  EXPECT_EQ(renamings_of(plan, 1).size(), 3U);
  EXPECT_THAT(renamings_of({}, 4), IsEmpty());
}

TEST(Plan, BatchesKeepTheOrderAndTheLimits) {
  std::vector<DataFile> files;
  for (const char* name : {"f0", "f1", "f2", "f3", "f4"}) {
    files.push_back(file(name));
    files.back().bytes = files.size() == 3 ? 100 : 10;
  }
  const auto batches = batches_of(files, {30, 2});
  ASSERT_EQ(batches.size(), 3U);
  EXPECT_THAT(names(batches[0]), ElementsAre("f0", "f1"));
  EXPECT_THAT(names(batches[1]), ElementsAre("f2"));
  EXPECT_THAT(names(batches[2]), ElementsAre("f3", "f4"));
  EXPECT_THAT(batches_of({}, {30, 2}), IsEmpty());
}

TEST(Plan, ARangeHasTheDatesOfLakeAndLedger) {
  Story story;
  story.append(file("a"));
  story.append(file("b", kRows, "2025-09-01"));
  story.ledger = {{"dt=2025-08-02/gone", 1}, {"dt=2025-09-01/b", 1}};
  EXPECT_THAT(dates_within({"2025-08-01", "2025-08-31"}, story.ledger, story.live),
              ElementsAre("2025-08-02", "2025-08-24"));
}

TEST(DtRange, ReadsADateARangeAndAll) {
  EXPECT_EQ(parse_dt_range("2025-08-24")->last, "2025-08-24");
  EXPECT_EQ(parse_dt_range("2025-08-01..2025-08-31")->last, "2025-08-31");
  EXPECT_TRUE(parse_dt_range("all")->contains("1999-01-01"));
  for (const char* bad : {"", "2025-02-30", "2025-08-31..2025-08-01", "2025-08-01..", "yesterday"})
    EXPECT_FALSE(parse_dt_range(bad).ok()) << bad;
}

}  // namespace
}  // namespace rcml::loader
