#include "lake/delta/table.h"

#include <algorithm>
#include <filesystem>
#include <set>
#include <thread>

#include "lake/testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers above

CommitRequest adding(const std::string& name, Marks marks = {}) {
  CommitRequest request;
  request.adds = {tiny_file(name)};
  request.marks = std::move(marks);
  return request;
}

TableVersion commit_or_fail(Table& table, const CommitRequest& request) {
  const Committed done = value_of(table.commit(request));
  EXPECT_EQ(done.outcome, CommitOutcome::committed) << done.detail;
  return done.version;
}

std::set<std::string> live_paths(const Table& table) {
  std::set<std::string> paths;
  for (const DataFile& file : value_of(table.live_files())) paths.insert(file.path);
  return paths;
}

TEST(Table, IsCreatedOnceAndOpenedAgain) {
  const TempDir dir;
  EXPECT_EQ(tiny_table(dir / "t")->version(), TableVersion(0));
  const auto again = tiny_table(dir / "t");
  EXPECT_EQ(again->version(), TableVersion(0));
  EXPECT_NE(again->schema_json().find("\"id\""), std::string::npos);
  EXPECT_TRUE(value_of(again->live_files()).empty());
}

TEST(Table, OpeningNoTableSaysSoAndLeavesNothingBehind) {
  const TempDir dir;
  const auto missing = Table::open(location_of(dir / "misspelt"));
  ASSERT_FALSE(missing.ok());
  EXPECT_EQ(missing.error().kind, ErrorKind::bad_config);
  EXPECT_NE(missing.error().message.find(dir / "misspelt"), std::string::npos) << missing.error().message;
  EXPECT_FALSE(std::filesystem::exists(dir / "misspelt"));
}

TEST(Table, ManyCreatorsAtOnceEndWithOneTable) {
  const TempDir dir;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i)
    threads.emplace_back([&] { EXPECT_EQ(tiny_table(dir / "t")->version(), TableVersion(0)); });
  for (std::thread& thread : threads) thread.join();
}

TEST(Table, OneCommitHoldsFilesAndSeveralMarks) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  EXPECT_EQ(commit_or_fail(*table, adding("a", {{"g/clicks/0", 10}, {"g/clicks/1", 20}, {"other/clicks/0", 5}})),
            TableVersion(1));
  EXPECT_EQ(value_of(table->mark("g/clicks/1")), 20);
  EXPECT_EQ(value_of(table->mark("g/clicks/2")), std::nullopt);
  const auto reader = value_of(Table::open(location_of(dir / "t")));
  EXPECT_EQ(value_of(reader->marks("g/")), (Marks{{"g/clicks/0", 10}, {"g/clicks/1", 20}}));
  const std::vector<DataFile> files = value_of(reader->live_files());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].path, "dt=2025-08-24/a.parquet");
  EXPECT_EQ(files[0].partition_values.at("dt"), "2025-08-24");
  EXPECT_EQ(files[0].row_count, 1);
  EXPECT_EQ(files[0].bytes, 1000);
}

TEST(Table, MarksMoveWithoutFiles) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  CommitRequest marks_only;
  marks_only.marks = {{"g/clicks/0", 7}};
  commit_or_fail(*table, marks_only);
  EXPECT_EQ(value_of(value_of(Table::open(location_of(dir / "t")))->mark("g/clicks/0")), 7);
}

TEST(Table, SecondWriterOfAVersionGetsAConflictAndMayTryAgain) {
  const TempDir dir;
  const auto first = tiny_table(dir / "t");
  const auto second = tiny_table(dir / "t");
  commit_or_fail(*first, adding("a", {{"app", 1}}));
  const Committed lost = value_of(second->commit(adding("b", {{"app", 1}})));
  EXPECT_EQ(lost.outcome, CommitOutcome::conflict);
  EXPECT_EQ(second->version(), TableVersion(0));
  EXPECT_EQ(value_of(second->refresh()), TableVersion(1));
  EXPECT_EQ(value_of(second->mark("app")), 1);
  EXPECT_EQ(commit_or_fail(*second, adding("b", {{"app", 2}})), TableVersion(2));
  EXPECT_EQ(live_paths(*second), (std::set<std::string>{"dt=2025-08-24/a.parquet", "dt=2025-08-24/b.parquet"}));
}

TEST(Table, EightWritersLoseNothing) {
  constexpr int kWriters = 8;
  constexpr int kCommits = 50;
  const TempDir dir;
  tiny_table(dir / "t");
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([&dir, writer] {
      const auto table = tiny_table(dir / "t");
      table->set_checkpoint_every(20);
      const std::string app = "app" + std::to_string(writer);
      for (int i = 1; i <= kCommits;) {
        const Committed done = value_of(table->commit(adding(app + "-" + std::to_string(i), {{app, i}})));
        ASSERT_NE(done.outcome, CommitOutcome::unknown) << done.detail;
        if (done.outcome == CommitOutcome::committed) ++i;
        else value_of(table->refresh());
        ASSERT_EQ(value_of(table->mark(app)).value_or(0), i - 1);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto table = value_of(Table::open(location_of(dir / "t")));
  EXPECT_EQ(table->version(), TableVersion(kWriters * kCommits));
  EXPECT_EQ(live_paths(*table).size(), static_cast<size_t>(kWriters * kCommits));
  for (const auto& [app, version] : value_of(table->marks("app"))) EXPECT_EQ(version, kCommits) << app;
  EXPECT_EQ(value_of(table->marks("app")).size(), static_cast<size_t>(kWriters));
  EXPECT_EQ(value_of(table->log(TableVersion(0))).size(), static_cast<size_t>(kWriters * kCommits));
}

TEST(Table, MarksSurviveCheckpointsAndRefreshesAcrossThem) {
  const TempDir dir;
  const auto writer = tiny_table(dir / "t");
  const auto follower = tiny_table(dir / "t");
  writer->set_checkpoint_every(0);
  commit_or_fail(*writer, adding("a", {{"old", 1}, {"moving", 1}}));
  value_of(follower->refresh());
  EXPECT_EQ(value_of(follower->marks("")), (Marks{{"old", 1}, {"moving", 1}}));
  for (int i = 2; i <= 12; ++i) {
    commit_or_fail(*writer, adding("f" + std::to_string(i), {{"moving", i}}));
    if (i % 5 == 0) expect_ok(writer->checkpoint());
  }
  EXPECT_EQ(value_of(follower->refresh()), TableVersion(12));
  const Marks expected{{"old", 1}, {"moving", 12}};
  EXPECT_EQ(value_of(follower->marks("")), expected);
  EXPECT_EQ(value_of(writer->marks("")), expected);
  EXPECT_EQ(value_of(value_of(Table::open(location_of(dir / "t")))->marks("")), expected);
  EXPECT_EQ(live_paths(*follower).size(), 12U);
}

TEST(Table, CheckpointsItselfAtMultiplesOfItsInterval) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  table->set_checkpoint_every(3);
  for (int i = 1; i <= 7; ++i) commit_or_fail(*table, adding("f" + std::to_string(i)));
  EXPECT_TRUE(std::filesystem::exists(dir / "t/_delta_log/00000000000000000003.checkpoint.parquet"));
  EXPECT_TRUE(std::filesystem::exists(dir / "t/_delta_log/00000000000000000006.checkpoint.parquet"));
  EXPECT_FALSE(std::filesystem::exists(dir / "t/_delta_log/00000000000000000007.checkpoint.parquet"));
}

TEST(Table, AnUnclearPutIsUnknownAndTheMarkDecidesAfterwards) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  commit_or_fail(*table, adding("a", {{"app", 1}}));
  // Neither the put nor the look at what became of it gets through.
  std::filesystem::rename(dir / "t/_delta_log", dir / "t/away");
  write_text(dir / "t/_delta_log", "in the way");
  const Committed unclear = value_of(table->commit(adding("b", {{"app", 2}})));
  EXPECT_EQ(unclear.outcome, CommitOutcome::unknown);
  EXPECT_FALSE(unclear.detail.empty());
  std::filesystem::remove(dir / "t/_delta_log");
  std::filesystem::rename(dir / "t/away", dir / "t/_delta_log");
  EXPECT_EQ(value_of(table->refresh()), TableVersion(1));
  EXPECT_EQ(value_of(table->mark("app")), 1);
  EXPECT_EQ(commit_or_fail(*table, adding("b", {{"app", 2}})), TableVersion(2));
}

TEST(Table, LogTellsAddsRemovesAndWhetherTheDataChanged) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  commit_or_fail(*table, adding("a"));
  commit_or_fail(*table, adding("b"));
  CommitRequest compaction;
  compaction.adds = {tiny_file("ab", 2)};
  compaction.removes = {"dt=2025-08-24/a.parquet", "dt=2025-08-24/b.parquet"};
  compaction.is_data_change = false;
  compaction.operation = "OPTIMIZE";
  commit_or_fail(*table, compaction);
  EXPECT_EQ(live_paths(*table), (std::set<std::string>{"dt=2025-08-24/ab.parquet"}));

  const std::vector<LogEntry> all = value_of(table->log(TableVersion(0)));
  ASSERT_EQ(all.size(), 5U);
  EXPECT_TRUE(all[0].is_add && all[0].is_data_change);
  EXPECT_EQ(all[0].version, TableVersion(1));
  EXPECT_EQ(all[0].file.row_count, 1);
  const std::vector<LogEntry> last = value_of(table->log(TableVersion(3)));
  ASSERT_EQ(last.size(), 3U);
  EXPECT_EQ(std::count_if(last.begin(), last.end(), [](const LogEntry& entry) { return entry.is_add; }), 1);
  for (const LogEntry& entry : last) EXPECT_FALSE(entry.is_data_change) << entry.file.path;
  EXPECT_TRUE(value_of(table->log(TableVersion(4))).empty());
}

TEST(Table, RemovingAFileThatIsNoLongerLiveIsAConflict) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  commit_or_fail(*table, adding("a"));
  CommitRequest compaction;
  compaction.adds = {tiny_file("ab", 2)};
  compaction.removes = {"dt=2025-08-24/a.parquet", "dt=2025-08-24/gone.parquet"};
  compaction.is_data_change = false;
  compaction.operation = "OPTIMIZE";
  EXPECT_EQ(value_of(table->commit(compaction)).outcome, CommitOutcome::conflict);
  EXPECT_EQ(live_paths(*table), (std::set<std::string>{"dt=2025-08-24/a.parquet"}));
}

TEST(Table, AnotherSchemaIsRefusedWithEveryDifference) {
  const TempDir dir;
  tiny_table(dir / "t");
  const std::string other =
      R"({"type":"struct","fields":[{"name":"id","type":"long","nullable":false,"metadata":{}},)"
      R"({"name":"added","type":"string","nullable":true,"metadata":{}},{"name":"dt","type":"date","nullable":true,"metadata":{}}]})";
  const auto refused = Table::open_or_create(location_of(dir / "t"), other, {"id"});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
  for (const char* part :
       {"column id is string, not long", "column added string is missing", "partitioned by (dt), not (id)"}) {
    EXPECT_NE(refused.error().message.find(part), std::string::npos) << refused.error().message;
  }
}

std::string protocol_of_the_future(const std::string& protocol) {
  return R"({"commitInfo":{"timestamp":1756029600000,"operation":"CREATE TABLE"}})"
         "\n" +
         protocol + "\n" +
         R"({"metaData":{"id":"x","format":{"provider":"parquet","options":{}},"schemaString":"{\"type\":\"struct\",\"fields\":[]}",)"
         R"("partitionColumns":[],"configuration":{},"createdTime":1756029600000}})"
         "\n";
}

struct FutureCase {
  const char* protocol;
  const char* named;
  bool is_readable = false;
};

TEST(Table, ANewerProtocolIsRefusedByName) {
  const FutureCase cases[] = {
      {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":["timeMachine"],"writerFeatures":["timeMachine"]}})",
       "timeMachine"},
      {R"({"protocol":{"minReaderVersion":3,"minWriterVersion":7,"readerFeatures":[],"writerFeatures":["quantumWrites"]}})",
       "quantumWrites", true},
      {R"({"protocol":{"minReaderVersion":9,"minWriterVersion":9}})", "9"},
  };
  for (const FutureCase& one : cases) {
    const TempDir dir;
    std::filesystem::create_directories(dir / "t/_delta_log");
    write_text(dir / "t/_delta_log/00000000000000000000.json", protocol_of_the_future(one.protocol));
    const auto table = Table::open(location_of(dir / "t"));
    EXPECT_EQ(table.ok(), one.is_readable) << one.named;
    const Status refused = table.ok() ? (*table)->check_writable() : Status(table.error());
    ASSERT_FALSE(refused.ok()) << one.named;
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_config) << refused.error().text();
    EXPECT_NE(refused.error().message.find(one.named), std::string::npos) << refused.error().text();
    EXPECT_FALSE(refused.error().cure.empty());
  }
}

TEST(Table, ADamagedLogIsCorruptAndNothingIsWritten) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  commit_or_fail(*table, adding("a"));
  write_text(dir / "t/_delta_log/00000000000000000002.json", "{\"add\":{\"path\":");
  const auto refreshed = table->refresh();
  const auto files = refreshed.ok() ? table->live_files().ok() : false;
  EXPECT_FALSE(files);
  const auto opened = Table::open(location_of(dir / "t"));
  EXPECT_FALSE(opened.ok() && (*opened)->live_files().ok());
  EXPECT_FALSE(std::filesystem::exists(dir / "t/_delta_log/00000000000000000003.json"));
}

TEST(Table, AGapInTheLogIsCorrupt) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  for (const char* name : {"a", "b", "c"}) commit_or_fail(*table, adding(name));
  std::filesystem::remove(dir / "t/_delta_log/00000000000000000002.json");
  const auto opened = Table::open(location_of(dir / "t"));
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().kind, ErrorKind::corrupt) << opened.error().text();
}

TEST(Table, ACleanedUpLogIsNamedWhenItIsAskedForAndTheTableLivesOn) {
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  for (int i = 1; i <= 4; ++i) commit_or_fail(*table, adding("f" + std::to_string(i), {{"app", i}}));
  expect_ok(table->checkpoint());
  for (int i = 0; i <= 3; ++i)
    std::filesystem::remove(dir / ("t/_delta_log/0000000000000000000" + std::to_string(i) + ".json"));
  const auto reader = value_of(Table::open(location_of(dir / "t")));
  EXPECT_EQ(live_paths(*reader).size(), 4U);
  EXPECT_EQ(value_of(reader->mark("app")), 4);
  const auto gone = reader->log(TableVersion(1));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.error().kind, ErrorKind::corrupt);
  EXPECT_FALSE(gone.error().cure.empty());
}

TEST(Table, ACommitStaysCheapOverAThousandVersions) {
  constexpr int kCommits = 1000;
  const TempDir dir;
  const auto table = tiny_table(dir / "t");
  std::vector<int64_t> micros;
  for (int i = 1; i <= kCommits; ++i) {
    const UtcMicros begin = monotonic_now();
    value_of(table->refresh());
    commit_or_fail(*table, adding("f" + std::to_string(i), {{"g/clicks/0", i}}));
    ASSERT_EQ(value_of(table->mark("g/clicks/0")), i);
    micros.push_back(monotonic_now().value - begin.value);
  }
  const auto median = [&](int from) {
    std::vector<int64_t> part(micros.begin() + from, micros.begin() + from + 100);
    std::nth_element(part.begin(), part.begin() + 50, part.end());
    return part[50];
  };
  RecordProperty("median_us_first_100", static_cast<int>(median(0)));
  RecordProperty("median_us_last_100", static_cast<int>(median(kCommits - 100)));
  std::printf("refresh + commit + mark: median of commits 1-100 %ld us, of 901-1000 %ld us\n", median(0),
              median(kCommits - 100));
  EXPECT_LT(median(kCommits - 100), 3 * median(0) + 5000);
}

}  // namespace
}  // namespace rcml::lake
