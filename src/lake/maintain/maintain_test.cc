#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "lake/file_name.h"
#include "lake/maintain/compact.h"
#include "lake/maintain/vacuum.h"
#include "lake/parquet/file_writer.h"
#include "lake/parquet/position_reader.h"
#include "lake/parquet/table_columns.h"
#include "lake/schemas.h"
#include "lake/testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers

constexpr int64_t kDayMs = 86'400'000;
const Dt kDt = *parse_dt("2025-08-24");

DataFile stored(const std::string& dt, const std::string& name, int64_t bytes) {
  return {"dt=" + dt + "/" + name, {{"dt", dt}}, bytes, 1, 0, ""};
}

TEST(PlanCompaction, MergesSmallFilesOfOneDateUpToTheTarget) {
  CompactOptions options;
  options.file_bytes_min = 100;
  options.file_bytes_max = 150;
  const auto plan =
      plan_compaction({stored("2025-08-24", "b", 60), stored("2025-08-24", "a", 60), stored("2025-08-24", "c", 60),
                       stored("2025-08-24", "big", 100), stored("2025-08-25", "alone", 10)},
                      options);
  ASSERT_EQ(plan.size(), 1U);
  ASSERT_EQ(plan[0].size(), 2U);
  EXPECT_EQ(plan[0][0].path, "dt=2025-08-24/a");
  EXPECT_EQ(plan[0][1].path, "dt=2025-08-24/b");
}

TEST(PlanCompaction, FilesOfDifferentLogsStayApart) {
  const auto plan =
      plan_compaction({stored("2025-08-24", "clicks-p0-0-x", 1), stored("2025-08-24", "other-p0-0-x", 1),
                       stored("2025-08-24", "clicks-packed-x", 1), stored("2025-08-24", "other-p1-7-x", 1),
                       stored("2025-08-24", "compacted-x", 1), stored("2025-08-24", "part-00000-x.c000.snappy", 1)},
                      {});
  ASSERT_EQ(plan.size(), 3U);
  for (const CompactGroup& group : plan) {
    EXPECT_EQ(group.size(), 2U);
    EXPECT_EQ(log_of_file(group[0].path), log_of_file(group[1].path));
  }
}

TEST(FileName, TellsItsLogWhetherWrittenOrMerged) {
  const std::string written = data_file_path(kDt, "shop-1/clicks", Partition(3), Offset(17));
  EXPECT_EQ(log_of_file(written), "shop_1_clicks");
  EXPECT_TRUE(is_file_of_log(written, "shop-1/clicks"));
  EXPECT_FALSE(is_file_of_log(written, "clicks"));
  const std::string merged = merged_file_path("2025-08-24", log_of_file(written));
  EXPECT_EQ(log_of_file(merged), log_of_file(written));
  const std::string of_nobody = merged_file_path("2025-08-24", "");
  EXPECT_EQ(log_of_file(of_nobody), "");
  EXPECT_TRUE(is_file_of_log(of_nobody, "clicks")) << "it may hold them";
}

TEST(FileName, LongOnesAreCutAndStayApart) {
  const auto file_of = [](const std::string& log) { return data_file_path(Dt(20'324), log, Partition(0), Offset(0)); };
  const std::string long_name(249, 'x');
  const std::string logs[] = {"a_b", "a.b", long_name, long_name.substr(1), long_name.substr(1) + "y"};
  for (const std::string& log : logs) {
    for (const std::string& other : logs) EXPECT_EQ(is_file_of_log(file_of(log), other), log == other) << log << other;
    EXPECT_LE(file_of(log).size() - file_of(log).rfind('/'), 255u);
    // A replay knows a log by the names of its files only.
    EXPECT_EQ(log_of_file(file_of(log_of_file(file_of(log)))), log_of_file(file_of(log)));
  }
}

TEST(PlanCompaction, KeepsToTheDateAskedFor) {
  CompactOptions options;
  options.dt = "2025-08-25";
  const auto plan = plan_compaction({stored("2025-08-24", "a", 1), stored("2025-08-24", "b", 1),
                                     stored("2025-08-25", "c", 1), stored("2025-08-25", "d", 1)},
                                    options);
  ASSERT_EQ(plan.size(), 1U);
  EXPECT_EQ(plan[0][0].path, "dt=2025-08-25/c");
}

// A committed file of `rows` rows that begin at `offset`; every third has a page.
void commit_file(Table& table, int64_t offset, int64_t rows) {
  const auto writer = value_of(ClickFileWriter::create(
      table.location(), "dt=2025-08-24/clicks-0-" + std::to_string(offset) + "-x.parquet", kDt, {}));
  for (int64_t i = offset; i < offset + rows; ++i) {
    contract::ClickRow row;
    const std::string id = "e" + std::to_string(i);
    row.text[contract::event_id] = id;
    row.text[contract::event_type] = "page_view";
    if (i % 3 == 0) row.text[contract::page] = "/p";
    row.has_revenue = i % 5 == 0;
    row.revenue_cents = i;
    row.event_ts = UtcMicros(1756029600000000 + i);
    row.source_offset = Offset(i);
    expect_ok(writer->append(row));
  }
  CommitRequest request;
  request.adds = {value_of(writer->finish())};
  for (bool is_done = false; !is_done; is_done = value_of(table.commit(request)).outcome == CommitOutcome::committed)
    value_of(table.refresh());
}

std::vector<int64_t> offsets(const Table& table) {
  std::vector<int64_t> all;
  for (const DataFile& file : value_of(table.live_files())) {
    expect_ok(
        read_positions(table.location(), file.path, [&](Partition, Offset offset) { all.push_back(offset.value); }));
  }
  std::sort(all.begin(), all.end());
  return all;
}

TEST(Compact, KeepsEveryRowAndTellsReadersThatNothingChanged) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir.path()));
  for (const auto& [offset, rows] : {std::pair{0, 5000}, {5000, 7777}, {12777, 9001}})
    commit_file(*lake.clicks, offset, rows);
  const TableVersion before = lake.clicks->version();
  const CompactReport report = value_of(compact(*lake.clicks, click_columns(), {}));
  EXPECT_EQ(report.files_before, 3);
  EXPECT_EQ(report.files_after, 1);
  EXPECT_EQ(report.rows, 5000 + 7777 + 9001);
  const std::vector<int64_t> found = offsets(*lake.clicks);
  ASSERT_EQ(found.size(), 21778U);
  for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], static_cast<int64_t>(i));
  const std::vector<DataFile> live = value_of(lake.clicks->live_files());
  ASSERT_EQ(live.size(), 1U);
  EXPECT_NE(live[0].stats_json.find("\"source_offset\":21777"), std::string::npos) << live[0].stats_json;
  for (const LogEntry& entry : value_of(lake.clicks->log(TableVersion(before.value + 1))))
    EXPECT_FALSE(entry.is_data_change);
  const auto metadata =
      parquet::ParquetFileReader::OpenFile(lake.clicks->location().absolute(live[0].path))->metadata();
  EXPECT_EQ(metadata->num_rows(), 21778);
  EXPECT_EQ(metadata->RowGroup(0)->ColumnChunk(contract::revenue)->statistics()->null_count(), 21778 - (21778 + 4) / 5);
  EXPECT_EQ(value_of(compact(*lake.clicks, click_columns(), {})).files_before, 0);
}

TEST(Compact, WorksBesideAWriterThatNeverStops) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir.path()));
  for (int i = 0; i < 10; ++i) commit_file(*lake.clicks, i * 10, 10);
  std::thread writer([&dir] {
    LakeTables mine = value_of(open_lake(dir.path()));
    for (int i = 10; i < 60; ++i) commit_file(*mine.clicks, i * 10, 10);
  });
  for (int i = 0; i < 5; ++i) value_of(compact(*lake.clicks, click_columns(), {}));
  writer.join();
  value_of(compact(*lake.clicks, click_columns(), {}));
  EXPECT_EQ(value_of(lake.clicks->live_files()).size(), 1U);
  const std::vector<int64_t> found = offsets(*lake.clicks);
  ASSERT_EQ(found.size(), 600U);
  for (size_t i = 0; i < found.size(); ++i) ASSERT_EQ(found[i], static_cast<int64_t>(i));
}

TEST(Compact, ADamagedFileIsNamedAndNothingIsReplaced) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir.path()));
  commit_file(*lake.clicks, 0, 10);
  commit_file(*lake.clicks, 10, 10);
  write_text(dir / "bronze/clicks/dt=2025-08-24/clicks-0-10-x.parquet", "PAR1 not");
  const auto refused = compact(*lake.clicks, click_columns(), {});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt) << refused.error().text();
  EXPECT_NE(refused.error().message.find("clicks-0-10-x.parquet"), std::string::npos) << refused.error().message;
  EXPECT_EQ(value_of(lake.clicks->live_files()).size(), 2U);
}

TEST(Orphans, AreOldAndUnnamedDataFilesOnly) {
  const int64_t now = 100 * kDayMs;
  const std::vector<StoredFile> all = {{"dt=2025-08-24/live.parquet", 1, 0},
                                       {"dt=2025-08-24/old.parquet", 1, 0},
                                       {"dt=2025-08-24/cut-off.parquet.part", 1, 0},
                                       {"dt=2025-08-24/young.parquet", 1, now - kDayMs},
                                       {"_delta_log/00000000000000000000.json", 1, 0},
                                       {"_delta_log/x.checkpoint.parquet", 1, 0},
                                       {"notes.txt", 1, 0}};
  const auto found = orphans(all, {"dt=2025-08-24/live.parquet"}, now, Millis(7 * kDayMs));
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].path, "dt=2025-08-24/old.parquet");
  EXPECT_EQ(found[1].path, "dt=2025-08-24/cut-off.parquet.part");
}

std::string log_file(int64_t version, const char* tail) {
  char name[32];
  std::snprintf(name, sizeof name, "%020ld", version);
  return std::string("_delta_log/") + name + tail;
}

std::vector<StoredFile> ten_commits(const std::vector<const char*>& checkpoints_of_8) {
  std::vector<StoredFile> all;
  for (int64_t version = 0; version <= 9; ++version)
    all.push_back({log_file(version, ".json"), 1, (10 + version * 10) * kDayMs});
  all.push_back({log_file(3, ".checkpoint.parquet"), 1, 40 * kDayMs});
  for (const char* tail : checkpoints_of_8) all.push_back({log_file(8, tail), 1, 90 * kDayMs});
  all.push_back({"_delta_log/_last_checkpoint", 1, 0});
  return all;
}

TEST(SuperfluousLog, IsWhatLiesBelowACheckpointThatIsOldEnough) {
  const int64_t now = 100 * kDayMs;
  const std::vector<StoredFile> all = ten_commits({".checkpoint.parquet"});
  const auto old = old_checkpoints(all, now, Millis(30 * kDayMs));
  ASSERT_EQ(old.size(), 1U);
  EXPECT_EQ(old[0].version, 3);
  const auto found = superfluous_log(all, old[0].version);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found.back().path, log_file(2, ".json"));
  EXPECT_TRUE(old_checkpoints(all, now, Millis(200 * kDayMs)).empty());
}

TEST(Checkpoints, HalfOnesDoNotCount) {
  const auto newest = [](const std::vector<const char*>& files) {
    return whole_checkpoints(ten_commits(files)).back();
  };
  EXPECT_EQ(newest({".checkpoint.parquet"}).version, 8);
  EXPECT_EQ(newest({".checkpoint.0000000001.0000000002.parquet", ".checkpoint.0000000002.0000000002.parquet"}).version,
            8);
  for (const auto& half : std::vector<std::vector<const char*>>{
           {".checkpoint.parquet#1"},
           {".checkpoint.parquet.tmp"},
           {".checkpoint.0000000001.0000000002.parquet"},
           {".checkpoint.0000000001.0000000002.parquet", ".checkpoint.0000000002.0000000003.parquet"},
           {".checkpoint.0000000002.0000000001.parquet"},
           {".checkpoint.80a083e8-7026-4e79-81be-64bd76c43a11.parquet"},
           {".json.checkpoint.parquet"}}) {
    EXPECT_EQ(newest(half).version, 3) << half.front();
  }
}

TEST(FirstCommit, IsWhereTheUnbrokenRestBegins) {
  EXPECT_EQ(first_commit(ten_commits({})), 0);
  std::vector<StoredFile> all = ten_commits({});
  std::erase_if(all, [](const StoredFile& file) { return file.path == log_file(4, ".json"); });
  EXPECT_EQ(first_commit(all), 5);
  EXPECT_EQ(first_commit({}), std::nullopt);
}

class OldLog : public ::testing::Test {
 protected:
  // Versions 1 to 8, all old, with checkpoints of 3 and 6.
  void SetUp() override {
    lake_ = value_of(open_or_create_lake(dir_.path()));
    for (int i = 0; i < 8; ++i) {
      commit_file(*lake_.clicks, i * 10, 10);
      if (lake_.clicks->version().value % 3 == 0) expect_ok(lake_.clicks->checkpoint());
    }
    make_old();
  }

  void make_old() const {
    for (const auto& entry : std::filesystem::directory_iterator(log_)) {
      std::filesystem::last_write_time(entry, std::filesystem::file_time_type::clock::now() - std::chrono::hours(240));
    }
  }

  // Writes a checkpoint of the newest version. Its commit is too young for the clean-up, and readers start from it.
  void add_young_checkpoint() const {
    expect_ok(lake_.clicks->checkpoint());
    std::filesystem::last_write_time(dir_ / ("bronze/clicks/" + log_file(8, ".json")),
                                     std::filesystem::file_time_type::clock::now());
  }

  VacuumReport clean() { return value_of(vacuum(*lake_.clicks, {.log_age_min = Millis(kDayMs)})); }

  // Opened by nothing that was there before.
  void expect_all_rows() const {
    const LakeTables fresh = value_of(open_lake(dir_.path()));
    EXPECT_EQ(offsets(*fresh.clicks).size(), 80U);
  }

  const TempDir dir_;
  const std::string log_ = dir_ / "bronze/clicks/_delta_log";
  LakeTables lake_;
};

TEST_F(OldLog, GoesBehindTheNewestCheckpoint) {
  EXPECT_EQ(clean().log_files.back().path, log_file(5, ".json"));
  expect_all_rows();
  EXPECT_EQ(first_commit(value_of(lake_.clicks->location().list("_delta_log"))), 6);
}

TEST_F(OldLog, StaysWhenTheCheckpointIsOnlyHalfThere) {
  add_young_checkpoint();
  std::filesystem::rename(log_ + "/00000000000000000006.checkpoint.parquet",
                          log_ + "/00000000000000000006.checkpoint.parquet#1");
  EXPECT_EQ(clean().log_files.back().path, log_file(2, ".json"));
  expect_all_rows();
}

TEST_F(OldLog, StaysWhenTheCheckpointIsDamagedAnywhere) {
  add_young_checkpoint();
  const std::string path = log_ + "/00000000000000000006.checkpoint.parquet";
  const std::string whole = read_text(path);
  int refused = 0;
  for (const size_t length : {size_t{0}, size_t{4}, whole.size() / 2, whole.size() - 1}) {
    write_text(path, whole.substr(0, length));
    refused += clean().log_files.empty() ? 0 : 1;
    ASSERT_TRUE(std::filesystem::exists(log_ + "/00000000000000000003.json")) << length;
  }
  EXPECT_EQ(refused, 1) << "once for the checkpoint of version 3, which is whole";
  write_text(path, whole);
  EXPECT_EQ(clean().log_files.back().path, log_file(5, ".json"));
  expect_all_rows();
}

TEST_F(OldLog, StaysAsItIsWhenTheTableCannotBeRead) {
  // No other checkpoint is newer, so the table itself is read from this one.
  write_text(log_ + "/00000000000000000006.checkpoint.parquet", "PAR1");
  EXPECT_EQ(vacuum(*lake_.clicks, {.log_age_min = Millis(kDayMs)}).error().kind, ErrorKind::corrupt);
  EXPECT_TRUE(std::filesystem::exists(log_ + "/00000000000000000000.json"));
}

TEST_F(OldLog, IsReadableWhenTheHintNamesACheckpointThatIsRemoved) {
  // This is what a writer leaves that was killed after it wrote the checkpoint and before it wrote the hint.
  write_text(log_ + "/_last_checkpoint", R"({"version":3,"size":13})");
  EXPECT_EQ(clean().log_files.back().path, log_file(5, ".json"));
  EXPECT_FALSE(std::filesystem::exists(log_ + "/00000000000000000003.checkpoint.parquet"));
  expect_all_rows();
}

TEST_F(OldLog, StaysWhenAnotherFileHasTheCheckpointsName) {
  std::filesystem::copy_file(value_of(lake_.clicks->live_files())[0].path.insert(0, dir_ / "bronze/clicks/"),
                             log_ + "/00000000000000000008.checkpoint.parquet");
  make_old();
  EXPECT_EQ(clean().log_files.back().path, log_file(5, ".json"));
}

TEST(Vacuum, KeepsWhatACommitWithinTheRetentionStillNames) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir.path()));
  commit_file(*lake.clicks, 0, 10);
  commit_file(*lake.clicks, 10, 10);
  value_of(compact(*lake.clicks, click_columns(), {}));
  const std::string folder = dir / "bronze/clicks/dt=2025-08-24";
  write_text(folder + "/orphan.parquet", "x");
  const auto ten_days_ago = std::filesystem::file_time_type::clock::now() - std::chrono::hours(240);
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    std::filesystem::last_write_time(entry, ten_days_ago);
  // The two files that compaction replaced are old as files, but were in the table a moment ago.
  VacuumReport report = value_of(vacuum(*lake.clicks, {}));
  ASSERT_EQ(report.data_files.size(), 1U);
  EXPECT_EQ(report.data_files[0].path, "dt=2025-08-24/orphan.parquet");
  for (const auto& entry : std::filesystem::directory_iterator(dir / "bronze/clicks/_delta_log")) {
    if (entry.is_regular_file()) std::filesystem::last_write_time(entry, ten_days_ago);
  }
  report = value_of(vacuum(*lake.clicks, {}));
  EXPECT_EQ(report.data_files.size(), 2U);
  EXPECT_EQ(offsets(*lake.clicks).size(), 20U);
}

TEST(Vacuum, RefusesAnAgeThatCouldSweepAFileBeforeItsCommit) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir.path()));
  VacuumOptions options;
  options.orphan_age_min = Millis(1000);
  const auto refused = vacuum(*lake.clicks, options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
}

}  // namespace
}  // namespace rcml::lake
