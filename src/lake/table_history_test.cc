#include "lake/table_history.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lake/testing.h"

namespace rcml::lake {
namespace {

using ::testing::ElementsAre;
using testing::TempDir;
using testing::tiny_file;
using testing::tiny_table;
using testing::value_of;

LogEntry entry(int64_t version, bool is_add, const std::string& name, const std::string& vector = "",
               bool is_data_change = true) {
  LogEntry made{TableVersion(version), is_add, is_data_change, tiny_file(name)};
  made.file.deletion_vector_id = vector;
  return made;
}

std::vector<std::string> keys(const LiveFiles& live) {
  std::vector<std::string> all;
  for (const auto& [key, file] : live) all.push_back(key);
  return all;
}

LiveFiles folded(const std::vector<LogEntry>& entries) {
  LiveFiles live;
  for (const TableChange& change : changes_of(entries)) apply(change, live);
  return live;
}

constexpr const char* kA = "dt=2025-08-24/a.parquet";

TEST(TableHistory, IsFoldedInOrder) {
  EXPECT_THAT(keys(folded({entry(1, true, "a"), entry(2, false, "a"), entry(3, true, "a")})), ElementsAre(kA))
      << "a RESTORE brings a name back";
  EXPECT_TRUE(folded({entry(1, true, "a"), entry(2, false, "a")}).empty());
}

TEST(TableHistory, AFileIsItsPathAndItsDeletionVector) {
  const std::vector<LogEntry> with_vector = {entry(1, true, "a"), entry(2, true, "a", "v"), entry(2, false, "a")};
  EXPECT_THAT(keys(folded(with_vector)), ElementsAre(std::string(kA) + "#v")) << "whatever the order in a commit";
}

TEST(TableHistory, AFileThatIsOnlyDescribedAgainIsNoChange) {
  const auto changes = changes_of({entry(1, true, "a"), entry(2, false, "a"), entry(2, true, "a")});
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_TRUE(changes[1].added.empty() && changes[1].removed.empty());
}

TEST(TableHistory, OneActionThatChangesDataMakesItsVersionAChangeOfData) {
  const auto changes = changes_of({entry(1, false, "a", "", false), entry(1, true, "b", "", true)});
  ASSERT_EQ(changes.size(), 1U);
  EXPECT_TRUE(changes[0].is_data_change);
}

TEST(TableHistory, AKeyTellsItsDateWhateverThePathDoes) {
  DataFile odd = tiny_file("a");
  odd.path = "x1/part-0.parquet";
  EXPECT_EQ(live_key(odd), "dt=2025-08-24/x1/part-0.parquet");
  EXPECT_EQ(dt_of_key(live_key(odd)), "2025-08-24");
}

TEST(TableHistory, FoldedFromTheBeginningItIsTheTablesState) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  for (const char* name : {"a", "b", "c"}) {
    CommitRequest request;
    request.adds = {tiny_file(name)};
    ASSERT_TRUE(value_of(table->commit(request)).outcome == CommitOutcome::committed);
  }
  CommitRequest merge;
  merge.adds = {tiny_file("ab", 2)};
  merge.removes = {tiny_file("a").path, tiny_file("b").path};
  merge.is_data_change = false;
  merge.operation = "OPTIMIZE";
  ASSERT_TRUE(value_of(table->commit(merge)).outcome == CommitOutcome::committed);
  EXPECT_EQ(keys(folded(value_of(table->log(TableVersion(0))))), keys(by_key(value_of(table->live_files()))));
}

TEST(TableHistory, AChangeIsListedUnderEachOfItsDates) {
  TableChange both{TableVersion(4), false, {}, {}};
  for (const char* dt : {"2025-08-24", "2025-08-25"}) {
    DataFile file = tiny_file("x");
    file.path = std::string("dt=") + dt + "/x";
    file.partition_values = {{"dt", dt}};
    both.added.push_back(file);
  }
  both.removed.push_back(both.added[0]);
  both.removed[0].path += "-old";
  const auto dates = by_date({both, {TableVersion(5), true, {both.added[1]}, {}}});
  ASSERT_EQ(dates.size(), 2U);
  const std::vector<TableChange>& first = dates.at("2025-08-24");
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].removed.size(), 1U);
  EXPECT_EQ(first[0].added.size(), 1U);
  EXPECT_FALSE(first[0].is_data_change);
  EXPECT_EQ(dates.at("2025-08-25").size(), 2U);
  EXPECT_EQ(dates.at("2025-08-25")[1].version, TableVersion(5));
}

}  // namespace
}  // namespace rcml::lake
