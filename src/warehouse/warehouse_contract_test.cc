// What every warehouse promises, the same cases on each target: DuckDB always, PostgreSQL on a private cluster, Redshift's
// double when tests/platform/redshift runs this program.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <random>
#include <thread>

#include "core/log.h"
#include "warehouse/duckdb/duckdb_connection.h"
#include "warehouse/postgres/pg_connection.h"
#include "warehouse/raw_schema.h"
#include "warehouse/testing/cut_proxy.h"
#include "warehouse/testing/loader_child.h"
#include "warehouse/testing/postgres_cluster.h"
#include "warehouse/testing/redshift_double.h"
#include "warehouse/testing/sample_files.h"
#include "warehouse/warehouse.h"

namespace rcml::warehouse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::SampleFile;
using testing::TempFolder;
using testing::write_clicks;
using testing::write_rejects;

class WarehouseContract : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    set_log_level("off");
    if (GetParam() == Target::duckdb) {
      options_.url = "duckdb:" + folder_.path() + "/clicks.duckdb";
      options_.memory_bytes_max = 64 << 20;  // Less than a load takes at most: open_beside() needs the same.
      return;
    }
    if (GetParam() == Target::redshift) {
      options_.url = testing::redshift_url(testing::fresh_redshift_database());
      return;
    }
    if (const std::string reason = testing::postgres_cluster().reason; !reason.empty()) GTEST_SKIP() << reason;
    database_ = testing::fresh_database();
    options_.url = testing::postgres_cluster().url(database_);
  }

  std::unique_ptr<Warehouse> open() {
    auto warehouse = testing::open_target(options_);
    RCML_CHECK(warehouse.ok());
    return *std::move(warehouse);
  }

  // Another connection of this process to the file; DuckDB asks that all of them are configured alike.
  Result<std::unique_ptr<DuckdbConnection>> open_beside() {
    return DuckdbConnection::open({options_.url.substr(7), Millis(1000), options_.memory_bytes_max, options_.threads});
  }

  std::unique_ptr<Warehouse> open_prepared() {
    auto warehouse = open();
    const Status status = warehouse->prepare();
    EXPECT_TRUE(status.ok()) << status.error().text();
    return warehouse;
  }

  std::vector<LakeFile> some_files(int count, int64_t rows_each) {
    std::vector<LakeFile> files;
    for (int i = 0; i < count; ++i) {
      const std::string dt = i % 3 == 0 ? "2025-08-24" : i % 3 == 1 ? "2025-08-25" : "2025-09-01";
      files.push_back(write_clicks(folder_.path(), "f" + std::to_string(i),
                                   {.dt = dt, .row_count = rows_each, .first_offset = i * rows_each}));
    }
    return files;
  }

  static int64_t sum_of_ledger(Warehouse& warehouse) {
    int64_t rows = 0;
    const auto ledger = warehouse.ledger(RawTable::clicks);
    RCML_CHECK(ledger.ok());
    for (const auto& [path, count] : *ledger) rows += count;
    return rows;
  }

  static std::string one_value(Warehouse& warehouse, const std::string& sql) {
    const auto rows = warehouse.query(sql);
    EXPECT_TRUE(rows.ok()) << rows.error().text();
    return rows.ok() && !rows->empty() ? (*rows)[0][0].value_or("null") : "";
  }

  static void expect_rows(Warehouse& warehouse, int64_t rows) {
    EXPECT_EQ(*warehouse.row_count(RawTable::clicks), rows);
    EXPECT_EQ(sum_of_ledger(warehouse), rows);
    EXPECT_EQ(one_value(warehouse, "select count(distinct event_id) from raw.raw_clicks"), std::to_string(rows));
  }

  // Runs DDL behind the loader's back: as what a person did to the tables.
  void run_by_hand(const std::vector<std::string>& statements);

  TempFolder folder_;
  std::string database_;
  WarehouseOptions options_;
};

void WarehouseContract::run_by_hand(const std::vector<std::string>& statements) {
  if (GetParam() == Target::duckdb) {
    auto connection = open_beside();
    ASSERT_TRUE(connection.ok()) << connection.error().text();
    for (const std::string& sql : statements) ASSERT_TRUE((*connection)->execute(sql).ok()) << sql;
    return;
  }
  auto connection = PgConnection::connect({*parse_warehouse_url(options_.url), {}, 3});
  ASSERT_TRUE(connection.ok());
  for (const std::string& sql : statements) {
    const auto done = (*connection)->execute(sql);
    ASSERT_TRUE(done.ok()) << sql << done.error().text();
  }
}

std::vector<Target> servers() {
  if (testing::has_redshift_double()) return {Target::postgres, Target::redshift};
  return {Target::postgres};
}

std::vector<Target> targets() {
  std::vector<Target> all = servers();
  all.insert(all.begin(), Target::duckdb);
  return all;
}

const auto target_name = [](const auto& instance) { return std::string(contract::to_text(instance.param)); };

INSTANTIATE_TEST_SUITE_P(Targets, WarehouseContract, ::testing::ValuesIn(targets()), target_name);

TEST_P(WarehouseContract, PreparesItsSchemaAndMayDoSoAgain) {
  const auto warehouse = open_prepared();
  EXPECT_TRUE(warehouse->prepare().ok());
  EXPECT_EQ(*warehouse->row_count(RawTable::clicks), 0);
  EXPECT_EQ(*warehouse->row_count(RawTable::rejects), 0);
  EXPECT_TRUE(warehouse->ledger(RawTable::clicks)->empty());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), Watermark{});
  EXPECT_EQ(one_value(*warehouse,
                      "select ordinal_position from information_schema.columns where table_schema = 'raw' and "
                      "table_name = 'raw_clicks' and column_name = 'dt'"),
            "11");
}

TEST_P(WarehouseContract, TwoMayPrepareAtOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> failures{0};
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      const auto warehouse = open();
      failures += warehouse->prepare().ok() ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(failures, 0);
}

TEST_P(WarehouseContract, PreflightNamesEveryDifference) {
  open_prepared().reset();
  run_by_hand(
      {"drop table raw.raw_clicks",
       "create table raw.raw_clicks (event_id varchar(64), customer_id varchar(64), session_id varchar(64), event_type varchar(32), "
       "geo_city varchar(64), utm_campaign varchar(64), device varchar(16), page varchar(256), event_ts date, source varchar(32), "
       "dt date, anonymous_id varchar(64), product_id varchar(64), order_id varchar(64), revenue decimal(12,2), extra varchar(65535), "
       "source_offset bigint, ingested_at timestamp, mine integer)"});
  const Status status = open()->prepare();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, ErrorKind::bad_config);
  EXPECT_THAT(status.error().message,
              AllOf(HasSubstr("raw.raw_clicks has geo_city where the contract has page"),
                    HasSubstr("raw.raw_clicks has page where the contract has geo_city"),
                    HasSubstr("raw.raw_clicks.event_ts is"), HasSubstr("lacks the column source_partition integer"),
                    HasSubstr("a column the contract does not know: mine")));
}

TEST_P(WarehouseContract, PreflightSeesAnotherLength) {
  if (GetParam() == Target::duckdb)
    GTEST_SKIP() << "DuckDB keeps no length of a text column; the loader checks the bytes itself";
  open_prepared().reset();
  run_by_hand({"alter table raw.raw_clicks alter column page type varchar(100)"});
  const Status status = open()->prepare();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message,
              HasSubstr("raw.raw_clicks.page is character varying(100), the contract says character varying(256)"));
}

TEST_P(WarehouseContract, EveryValueArrivesAsItIsInTheFileWhateverTheHostsZone) {
  setenv("TZ", "America/New_York", 1);
  tzset();
  const auto warehouse = open_prepared();
  const auto report = warehouse->load(RawTable::clicks, {write_clicks(folder_.path(), "a", {.row_count = 4})});
  unsetenv("TZ");
  tzset();
  ASSERT_TRUE(report.ok()) << report.error().text();
  const auto rows = warehouse->query(
      "select event_id, customer_id, page, utm_campaign, geo_city, cast(event_ts as varchar(40)), cast(dt as varchar(10)), cast(revenue as varchar(20)), "
      "source_partition, source_offset, extra from raw.raw_clicks order by source_offset");
  ASSERT_TRUE(rows.ok()) << rows.error().text();
  using Row = Warehouse::TextRow;
  const std::string city = "Zürich \xF0\x9F\x8F\x94 'x' \\ \t";
  EXPECT_EQ((*rows)[0], (Row{"e-0", "customer", "/p/1", std::nullopt, city, "2025-08-24 10:00:00.123456", "2025-08-24",
                             std::nullopt, "3", "0", "extra"}));
  EXPECT_EQ((*rows)[1], (Row{"e-1", "customer", "/p/1", "utm_camp", city, "2025-08-24 10:00:00.123457", "2025-08-24",
                             "-123.45", "3", "1", "extra"}));
  EXPECT_EQ((*rows)[2][7], "246.90");
}

TEST_P(WarehouseContract, RejectsKeepTheirBytes) {
  const auto warehouse = open_prepared();
  const auto report = warehouse->load(RawTable::rejects, {write_rejects(folder_.path(), "r", {.row_count = 3})});
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_EQ(*warehouse->row_count(RawTable::rejects), 3);
  EXPECT_EQ(*warehouse->row_count(RawTable::clicks), 0);
  const std::map<Target, std::string> octets_of = {{Target::duckdb, "hex(raw)"},
                                                   {Target::postgres, "upper(encode(raw, 'hex'))"},
                                                   {Target::redshift, "upper(from_varbyte(raw, 'hex'))"}};
  const std::string& octets = octets_of.at(GetParam());
  EXPECT_EQ(one_value(*warehouse, "select " + octets + " from raw.raw_rejects limit 1"), "00FF20726177");
  EXPECT_TRUE(warehouse->ledger(RawTable::clicks)->empty());
  EXPECT_EQ(warehouse->ledger(RawTable::rejects)->at("dt=2025-08-24/r.parquet"), 3);
}

TEST_P(WarehouseContract, LoadingAgainChangesNothing) {
  const std::vector<LakeFile> files = some_files(5, 100);
  const auto warehouse = open_prepared();
  const auto first = warehouse->load(RawTable::clicks, files);
  ASSERT_TRUE(first.ok()) << first.error().text();
  EXPECT_EQ(first->files_loaded, 5);
  EXPECT_EQ(first->rows_loaded, 500);
  const auto second = warehouse->load(RawTable::clicks, files);
  ASSERT_TRUE(second.ok());
  EXPECT_EQ(second->files_loaded, 0);
  EXPECT_EQ(second->files_already_there, 5);
  expect_rows(*warehouse, 500);
}

TEST_P(WarehouseContract, AFileNamedTwiceInOneBatchIsLoadedOnce) {
  const LakeFile file = write_clicks(folder_.path(), "a", {});
  const auto warehouse = open_prepared();
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {file, file}).ok());
  expect_rows(*warehouse, 10);
}

TEST_P(WarehouseContract, AnEmptyBatchIsNothing) {
  const auto warehouse = open_prepared();
  const auto report = warehouse->load(RawTable::clicks, {});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->files_loaded, 0);
  ASSERT_TRUE(warehouse->replace(RawTable::clicks, {}).ok());
}

TEST_P(WarehouseContract, AFileWithoutRowsIsEnteredInTheLedger) {
  const auto warehouse = open_prepared();
  const auto report = warehouse->load(RawTable::clicks, {write_clicks(folder_.path(), "none", {.row_count = 0})});
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_EQ(warehouse->ledger(RawTable::clicks)->size(), 1u);
}

TEST_P(WarehouseContract, AReplacementOfAnOlderLakeSendsTheWatermarkBack) {
  std::vector<LakeFile> files = some_files(9, 10);
  const auto of_one_date = [&](size_t i) { return files[i * 3]; };  // Every third has the same.
  const auto warehouse = open_prepared();
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {of_one_date(0), of_one_date(1), of_one_date(2)}).ok());
  ASSERT_TRUE(warehouse->set_watermark(RawTable::clicks, Watermark{TableVersion(3), "here"}).ok());
  // Planned when the lake had two of them.
  const std::vector<LakeFile> known = {of_one_date(0), of_one_date(1)};
  ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{known[0].dt}, known, TableVersion(2)}).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), (Watermark{TableVersion(2), "here"}));
  expect_rows(*warehouse, 20);
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {of_one_date(2)}).ok());
  expect_rows(*warehouse, 30);
  ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{known[0].dt}, known, TableVersion(7)}).ok());
  EXPECT_EQ(warehouse->watermark(RawTable::clicks)->version, TableVersion(2)) << "it is never sent forward";
}

TEST_P(WarehouseContract, TwoLoadersAtOnceLoadEachFileOnce) {
  const std::vector<LakeFile> files = some_files(12, 50);
  open_prepared().reset();
  std::atomic<int64_t> rows{0};
  std::vector<std::thread> loaders;
  for (int i = 0; i < 3; ++i) {
    loaders.emplace_back([&] {
      const auto warehouse = open();
      for (const LakeFile& file : files) {
        const auto report = warehouse->load(RawTable::clicks, {file});
        EXPECT_TRUE(report.ok()) << report.error().text();
        if (report.ok()) rows += report->rows_loaded;
      }
    });
  }
  for (std::thread& loader : loaders) loader.join();
  EXPECT_EQ(rows, 600);
  expect_rows(*open(), 600);
}

TEST_P(WarehouseContract, TwoLoaderProcessesAtOnceLoadEachFileOnce) {
  const std::vector<LakeFile> files = some_files(9, 50);
  open_prepared().reset();
  const pid_t first = testing::start_loader(options_.url, files, folder_.path());
  const pid_t second = testing::start_loader(options_.url, files, folder_.path());
  EXPECT_EQ(testing::wait_for(first), 0);
  EXPECT_EQ(testing::wait_for(second), 0);
  expect_rows(*open(), 450);
}

TEST_P(WarehouseContract, KilledAtRandomMomentsNothingIsLostOrDoubled) {
  const std::vector<LakeFile> files = some_files(12, 2'000);
  const std::vector<std::string> dts = {"2025-08-24", "2025-08-25", "2025-09-01"};
  open_prepared().reset();
  // The moments are taken from the time that a whole load takes here, so that kills meet work on any machine.
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(testing::wait_for(testing::start_loader(options_.url, files, folder_.path())), 0);
  const int64_t whole_micros =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began).count();
  ASSERT_TRUE(open()->replace(RawTable::clicks, {dts, {}}).ok());
  const unsigned seed = std::random_device()();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937 random(seed);
  int killed = 0;
  for (int round = 0; round < 20; ++round) {
    const pid_t child = testing::start_loader(options_.url, files, folder_.path());
    std::this_thread::sleep_for(std::chrono::microseconds(random() % static_cast<uint64_t>(whole_micros)));
    kill(child, SIGKILL);
    killed += testing::wait_for(child) == 128 + SIGKILL ? 1 : 0;
    const auto warehouse = open();
    EXPECT_EQ(*warehouse->row_count(RawTable::clicks), sum_of_ledger(*warehouse));
    const bool is_complete = warehouse->ledger(RawTable::clicks)->size() == files.size();
    if (is_complete) {
      ASSERT_TRUE(warehouse->replace(RawTable::clicks, {dts, {}}).ok());
    }
  }
  EXPECT_GT(killed, 0);
  EXPECT_EQ(testing::wait_for(testing::start_loader(options_.url, files, folder_.path())), 0);
  expect_rows(*open(), 24'000);
}

TEST_P(WarehouseContract, StoppedDeadAtEveryNamedStep) {
  const std::vector<LakeFile> files = some_files(3, 20);
  for (const std::string step :
       {"load.rows_written", "load.before_ledger", "load.before_commit", "load.after_commit"}) {
    SCOPED_TRACE(step);
    {  // Closed again before the child starts: DuckDB lets one process in.
      const auto warehouse = open_prepared();
      ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{"2025-08-24", "2025-08-25", "2025-09-01"}, {}, {}}).ok());
    }
    EXPECT_EQ(
        testing::wait_for(testing::start_loader(options_.url, files, folder_.path(), {{"RCML_CRASH_AT", step + ":2"}})),
        137);
    expect_rows(*open(), step == "load.after_commit" ? 40 : 20);
    EXPECT_EQ(testing::wait_for(testing::start_loader(options_.url, files, folder_.path())), 0);
    expect_rows(*open(), 60);
  }
}

TEST_P(WarehouseContract, AReaderInAnOpenTransactionDoesNotHoldTheLoadUp) {
  const auto reader = open_prepared();
  ASSERT_TRUE(reader->load(RawTable::clicks, {write_clicks(folder_.path(), "a", {})}).ok());
  options_.lock_wait = Millis(1500);
  // A dbt run: one transaction that has read the table and goes on.
  std::unique_ptr<PgConnection> pg;
  std::unique_ptr<DuckdbConnection> duck;
  if (GetParam() != Target::duckdb) {
    pg = *PgConnection::connect({*parse_warehouse_url(options_.url), {}, 3});
    ASSERT_TRUE(pg->execute("begin transaction isolation level repeatable read").ok());
    ASSERT_EQ((*pg->query("select count(*) from raw.raw_clicks"))[0][0], "10");
  } else {
    duck = *open_beside();
    ASSERT_TRUE(duck->execute("begin transaction").ok());
    ASSERT_EQ((*duck->query("select count(*) from raw.raw_clicks"))[0][0], "10");
  }
  const auto warehouse = open();
  const auto report =
      warehouse->load(RawTable::clicks, {write_clicks(folder_.path(), "b", {.dt = "2031-01-05", .first_offset = 100})});
  ASSERT_TRUE(report.ok()) << report.error().text();
  const auto seen =
      pg ? pg->query("select count(*) from raw.raw_clicks") : duck->query("select count(*) from raw.raw_clicks");
  EXPECT_EQ((*seen)[0][0], "10") << "the reader's view moved under it";
  expect_rows(*warehouse, 20);
}

struct Damage {
  std::string name;
  std::string expected;
  void (*act)(LakeFile&);
};

void expect_refused(Warehouse& warehouse, const std::vector<LakeFile>& files, const LakeFile& bad,
                    const std::string& what) {
  const auto report = warehouse.load(RawTable::clicks, files);
  ASSERT_FALSE(report.ok()) << what;
  EXPECT_EQ(report.error().kind, ErrorKind::corrupt) << what << ": " << report.error().text();
  EXPECT_THAT(report.error().message, HasSubstr(bad.path.substr(bad.path.find('/') + 1))) << what;
}

TEST_P(WarehouseContract, ADamagedFileIsNamedAndNothingOfItsBatchIsLoaded) {
  const auto warehouse = open_prepared();
  const LakeFile good = write_clicks(folder_.path(), "good", {.row_count = 200});
  const std::vector<Damage> all = {
      {"missing", "is missing", [](LakeFile& file) { std::filesystem::remove(file.absolute); }},
      {"truncated", "bytes long",
       [](LakeFile& file) { std::filesystem::resize_file(file.absolute, static_cast<uintmax_t>(file.bytes / 2)); }},
      {"truncated and the log agrees", "no whole Parquet file",
       [](LakeFile& file) {
         file.bytes /= 2;
         std::filesystem::resize_file(file.absolute, static_cast<uintmax_t>(file.bytes));
       }},
      {"other row count", "rows, the lake says", [](LakeFile& file) { file.row_count += 1; }},
      {"empty", "bytes long", [](LakeFile& file) { std::filesystem::resize_file(file.absolute, 0); }},
  };
  for (const Damage& damage : all) {
    SCOPED_TRACE(damage.name);
    LakeFile bad = write_clicks(folder_.path(), "bad", {.row_count = 200, .first_offset = 1000});
    damage.act(bad);
    expect_refused(*warehouse, {good, bad}, bad, damage.name);
    EXPECT_THAT(warehouse->load(RawTable::clicks, {bad}).error().message, HasSubstr(damage.expected));
    expect_rows(*warehouse, 0);
  }
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {good}).ok());
  expect_rows(*warehouse, 200);
}

TEST_P(WarehouseContract, DamagedPagesStopTheLoadEvenWhenTheFooterIsWhole) {
  const auto warehouse = open_prepared();
  LakeFile bad = write_clicks(folder_.path(), "bad", {.row_count = 3'000});
  {
    std::fstream file(bad.absolute, std::ios::in | std::ios::out | std::ios::binary);
    for (int i = 0; i < 2'000; ++i) {
      file.seekp(100 + i);
      file.put('\xA5');
    }
  }
  const auto report = warehouse->load(RawTable::clicks, {bad});
  ASSERT_FALSE(report.ok());
  EXPECT_THAT(report.error().message, HasSubstr("bad.parquet"));
  expect_rows(*warehouse, 0);
}

TEST_P(WarehouseContract, AnOlderFileReadsAsNullWhereItLacksAnAddedColumn) {
  const auto warehouse = open_prepared();
  const LakeFile older =
      write_clicks(folder_.path(), "older", {.row_count = 5, .without_columns = {"order_id", "revenue", "extra"}});
  const LakeFile newer = write_clicks(folder_.path(), "newer", {.row_count = 5, .first_offset = 100});
  const auto report = warehouse->load(RawTable::clicks, {older, newer});
  ASSERT_TRUE(report.ok()) << report.error().text();
  expect_rows(*warehouse, 10);
  EXPECT_EQ(
      one_value(*warehouse,
                "select count(*) from raw.raw_clicks where order_id is null and extra is null and revenue is null"),
      "5");
  EXPECT_EQ(one_value(*warehouse, "select count(*) from raw.raw_clicks where product_id is null"), "0");
}

TEST_P(WarehouseContract, FilesThatBreakTheContractAreRefused) {
  const auto warehouse = open_prepared();
  // Values are read by the loader, or by Redshift itself.
  const std::string too_long = GetParam() == Target::redshift
                                   ? "data column page is longer than the length defined in the table. Table: 256"
                                   : "column page holds more than 256 bytes";
  const std::vector<std::pair<std::string, SampleFile>> all = {
      {"lacks the column event_ts", {.without_columns = {"event_ts"}}},
      {"does not know: surprise", {.extra_column = "surprise"}},
      {"not the contract's type", {.has_nanoseconds = true}},
      {too_long, {.page = std::string(300, 'a')}},
      // 130 characters, 260 bytes: lengths are bytes.
      {too_long,
       {.page =
            [] {
              std::string text;
              for (int i = 0; i < 130; ++i) text += "é";
              return text;
            }()}},
  };
  for (const auto& [expected, sample] : all) {
    SCOPED_TRACE(expected);
    const auto report = warehouse->load(RawTable::clicks, {write_clicks(folder_.path(), "odd", sample)});
    ASSERT_FALSE(report.ok());
    EXPECT_EQ(report.error().kind, ErrorKind::corrupt) << report.error().text();
    EXPECT_THAT(report.error().message, AllOf(HasSubstr(expected), HasSubstr("odd.parquet")));
    expect_rows(*warehouse, 0);
  }
}

TEST_P(WarehouseContract, ALedgerThatSaysAnotherNumberIsReported) {
  const auto warehouse = open_prepared();
  LakeFile file = write_clicks(folder_.path(), "a", {});
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {file}).ok());
  file.row_count = 11;
  const auto report = warehouse->load(RawTable::clicks, {file});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, ErrorKind::corrupt);
  EXPECT_THAT(report.error().text(), AllOf(HasSubstr("a.parquet"), HasSubstr("--replace-dt 2025-08-24")));
}

TEST_P(WarehouseContract, ReplacingADateTouchesNoOther) {
  const auto warehouse = open_prepared();
  const std::vector<LakeFile> files = some_files(6, 10);
  ASSERT_TRUE(warehouse->load(RawTable::clicks, files).ok());
  // By hand rows of one date were lost and doubled; the re-load puts that right.
  run_by_hand({"delete from raw.raw_clicks where source_offset in (0, 3)",
               "insert into raw.raw_clicks select * from raw.raw_clicks where source_offset = 31"});
  const std::vector<LakeFile> of_date = {files[0], files[3]};
  const auto report = warehouse->replace(RawTable::clicks, {{"2025-08-24"}, of_date});
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_EQ(report->rows_loaded, 20);
  expect_rows(*warehouse, 60);
  EXPECT_EQ(warehouse->load(RawTable::clicks, files)->files_already_there, 6);
}

TEST_P(WarehouseContract, RowsThatWereMergedKeepTheirPlaceUnderANewName) {
  const auto warehouse = open_prepared();
  const LakeFile a = write_clicks(folder_.path(), "a", {.row_count = 10});
  const LakeFile b = write_clicks(folder_.path(), "b", {.row_count = 15, .first_offset = 10});
  const LakeFile both = write_clicks(folder_.path(), "merged", {.row_count = 25});
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {a}).ok());
  const Renaming renaming{{a.dt}, {a.path, b.path}, {both}};
  EXPECT_TRUE(warehouse->rename(RawTable::clicks, renaming)->is_overtaken) << "b is not there yet";
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {b}).ok());
  std::filesystem::remove(both.absolute);  // Nobody reads it.
  const auto report = warehouse->rename(RawTable::clicks, renaming);
  ASSERT_TRUE(report.ok()) << report.error().text();
  EXPECT_FALSE(report->is_overtaken);
  expect_rows(*warehouse, 25);
  EXPECT_EQ(*warehouse->ledger(RawTable::clicks), (std::map<std::string, int64_t>{{both.path, 25}}));
  EXPECT_FALSE(warehouse->rename(RawTable::clicks, renaming)->is_overtaken) << "done already is done";
  LakeFile less = both;
  less.path += "-other";
  less.row_count = 24;
  const auto refused = warehouse->rename(RawTable::clicks, {{both.dt}, {both.path}, {less}});
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::corrupt);
  expect_rows(*warehouse, 25);
}

TEST_P(WarehouseContract, ALoadWhosePlanIsOldDoesNothing) {
  const auto warehouse = open_prepared();
  const std::vector<LakeFile> files = some_files(6, 10);
  const LakeFile& here = files[0];
  const LakeFile& there = files[3];  // Of the same date.
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {here}).ok());
  const LedgerView true_view{{here.dt}, {here.path}, {there.path}};
  for (const LedgerView& old : {LedgerView{{here.dt}, {}, {there.path}},
                                LedgerView{{here.dt}, {here.path, "dt=2025-08-24/gone.parquet"}, {there.path}}}) {
    const auto report = warehouse->load(RawTable::clicks, {there}, old);
    ASSERT_TRUE(report.ok()) << report.error().text();
    EXPECT_TRUE(report->is_overtaken);
    expect_rows(*warehouse, 10);
  }
  EXPECT_EQ(warehouse->load(RawTable::clicks, {there}, true_view)->rows_loaded, 10);
  EXPECT_EQ(warehouse->load(RawTable::clicks, {there}, true_view)->files_already_there, 1)
      << "who brings in the same files is not in the way";
  expect_rows(*warehouse, 20);
}

TEST_P(WarehouseContract, AFailedReplacementLeavesTheDateAsItWas) {
  const auto warehouse = open_prepared();
  const LakeFile good = write_clicks(folder_.path(), "good", {});
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {good}).ok());
  LakeFile bad = write_clicks(folder_.path(), "bad", {.first_offset = 50});
  std::filesystem::remove(bad.absolute);
  EXPECT_FALSE(warehouse->replace(RawTable::clicks, {{"2025-08-24"}, {good, bad}}).ok());
  expect_rows(*warehouse, 10);
}

TEST_P(WarehouseContract, TheWatermarkIsKeptPerTable) {
  const auto warehouse = open_prepared();
  for (const int64_t version : {7, 9, 8}) {
    ASSERT_TRUE(warehouse->set_watermark(RawTable::clicks, Watermark{TableVersion(version), "here"}).ok());
  }
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), (Watermark{TableVersion(9), "here"})) << "it never goes back";
  EXPECT_EQ(*warehouse->watermark(RawTable::rejects), Watermark{});
  ASSERT_TRUE(warehouse->set_watermark(RawTable::clicks, Watermark{TableVersion(2), "elsewhere"}).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), (Watermark{TableVersion(2), "elsewhere"}));
}

TEST_P(WarehouseContract, TheWatermarkIsSetInTheTransactionOfTheRows) {
  const auto warehouse = open_prepared();
  const LakeFile a = write_clicks(folder_.path(), "a", {.row_count = 10});
  const Watermark first{TableVersion(4), "here"};
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {a}, std::nullopt, first).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), first);
  LakeFile gone = write_clicks(folder_.path(), "b", {.row_count = 15, .first_offset = 10});
  std::filesystem::remove(gone.absolute);
  ASSERT_FALSE(warehouse->load(RawTable::clicks, {gone}, std::nullopt, Watermark{TableVersion(5), "here"}).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), first) << "the rows did not come, nor did the watermark";
  const LakeFile both = write_clicks(folder_.path(), "renamed", {.row_count = 10});
  const Watermark second{TableVersion(6), "here"};
  ASSERT_TRUE(warehouse->rename(RawTable::clicks, {{a.dt}, {a.path}, {both}, second.version, second}).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), second);
  const Watermark third{TableVersion(7), "here"};
  Replacement replacement{{a.dt}, {both}, third.version, true, third};
  ASSERT_TRUE(warehouse->replace(RawTable::clicks, replacement).ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), third);
  expect_rows(*warehouse, 10);
}

TEST_P(WarehouseContract, APlanOfAnOlderLakeDoesNothing) {
  const auto warehouse = open_prepared();
  const LakeFile a = write_clicks(folder_.path(), "a", {.row_count = 10});
  const LakeFile b = write_clicks(folder_.path(), "b", {.row_count = 15, .first_offset = 10});
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {a}, std::nullopt, Watermark{TableVersion(9), "here"}).ok());
  const LedgerView view{{b.dt}, {a.path}, {b.path}, TableVersion(8)};
  EXPECT_TRUE(warehouse->load(RawTable::clicks, {b}, view)->is_overtaken);
  EXPECT_TRUE(warehouse->rename(RawTable::clicks, {{a.dt}, {a.path}, {b}, TableVersion(8)})->is_overtaken);
  EXPECT_TRUE(warehouse->replace(RawTable::clicks, {{a.dt}, {b}, TableVersion(8), true})->is_overtaken);
  EXPECT_EQ(*warehouse->ledger(RawTable::clicks), (std::map<std::string, int64_t>{{a.path, 10}}));
  EXPECT_EQ(*warehouse->ledger_of_dates(RawTable::clicks, {a.dt}), *warehouse->ledger(RawTable::clicks));
  EXPECT_TRUE(warehouse->ledger_of_dates(RawTable::clicks, {"1999-01-01"})->empty());
  EXPECT_TRUE(warehouse->ledger_of_dates(RawTable::clicks, {})->empty());
}

// Another loader, with an older or a newer lake, changes a date that a plan has done already or has nothing to do for.
TEST_P(WarehouseContract, APlanThatAnotherLoaderCrossedSetsNoWatermark) {
  const auto warehouse = open_prepared();
  const LakeFile a = write_clicks(folder_.path(), "a", {.row_count = 10});
  const LakeFile b = write_clicks(folder_.path(), "b", {.dt = "2024-02-29", .row_count = 15, .first_offset = 10});
  const LakeFile c = write_clicks(folder_.path(), "c", {.dt = "2024-03-01", .row_count = 20, .first_offset = 30});
  const Watermark mark{TableVersion(9), "here"};
  const int64_t steps = *warehouse->steps(RawTable::clicks);
  const auto first = warehouse->load(RawTable::clicks, {a});
  ASSERT_TRUE(first.ok() && first->is_step);
  ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{b.dt}, {b}, TableVersion(8), true})->is_step);  // The other.
  const Goal goal(mark, steps + 1);
  EXPECT_TRUE(warehouse->load(RawTable::clicks, {c}, std::nullopt, goal)->is_overtaken);
  EXPECT_TRUE(warehouse->set_watermark(RawTable::clicks, goal)->is_overtaken);
  EXPECT_TRUE(warehouse->rename(RawTable::clicks, {{a.dt}, {a.path}, {c}, mark.version, goal})->is_overtaken);
  EXPECT_TRUE(warehouse->replace(RawTable::clicks, {{a.dt}, {a}, mark.version, true, goal})->is_overtaken);
  expect_rows(*warehouse, 25);
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), Watermark{});
  EXPECT_TRUE(warehouse->load(RawTable::clicks, {c}, std::nullopt, Goal(mark, steps + 2))->is_step);
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), mark);
  EXPECT_EQ(*warehouse->steps(RawTable::clicks), steps + 3);
  EXPECT_FALSE(warehouse->load(RawTable::clicks, {c})->is_step) << "it was there";
  EXPECT_EQ(*warehouse->steps(RawTable::clicks), steps + 3);
  EXPECT_EQ(*warehouse->steps(RawTable::rejects), 0);
}

// A row that another program filed under a date that is not its time's.
TEST_P(WarehouseContract, ARowHasTheDateOfItsFile) {
  const auto warehouse = open_prepared();
  LakeFile file = write_clicks(folder_.path(), "a", {.row_count = 10});
  file.dt = "2024-02-29";
  file.path = "dt=2024-02-29/a.parquet";
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {file}).ok());
  EXPECT_EQ(one_value(*warehouse, "select count(*) from raw.raw_clicks where dt = '2024-02-29'"), "10");
  const auto again = warehouse->replace(RawTable::clicks, {{file.dt}, {file}});
  ASSERT_TRUE(again.ok()) << again.error().text();
  expect_rows(*warehouse, 10);
}

// The watermark of rcml 0.1 says nothing of the ledger's names, and its tables lack raw.load_origin.
TEST_P(WarehouseContract, AWatermarkThatAnotherProgramSetHasNoTableId) {
  const auto warehouse = open_prepared();
  ASSERT_TRUE(warehouse->set_watermark(RawTable::clicks, Watermark{TableVersion(3), "here"}).ok());
  run_by_hand({"update raw.load_watermark set table_version = 5 where table_name = 'raw_clicks'"});
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), Watermark{TableVersion(5)});
  run_by_hand({"drop table raw.load_origin"});
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), Watermark{TableVersion(5)});
  ASSERT_TRUE(warehouse->prepare().ok());
  EXPECT_EQ(*warehouse->watermark(RawTable::clicks), Watermark{TableVersion(5)});
}

TEST_P(WarehouseContract, WhatIsProvenIsKeptOnceAndTotalsAreThoseOfTheDates) {
  const auto warehouse = open_prepared();
  EXPECT_EQ(*warehouse->load_proof(RawTable::clicks), std::nullopt);
  const LakeFile a = write_clicks(folder_.path(), "a", {.row_count = 10});
  const LakeFile b = write_clicks(folder_.path(), "b", {.dt = "2024-02-29", .row_count = 15, .first_offset = 10});
  ASSERT_TRUE(warehouse->load(RawTable::clicks, {a, b}).ok());
  const std::map<std::string, DateTotals> totals{{a.dt, {1, 10}}, {b.dt, {1, 15}}};
  EXPECT_EQ(*warehouse->ledger_totals(RawTable::clicks), totals);
  std::map<std::string, DateTotals> proven = totals;
  proven[a.dt].keys = -5;
  EXPECT_EQ(*warehouse->row_totals(RawTable::clicks), (std::map<std::string, int64_t>{{a.dt, 10}, {b.dt, 15}}));
  EXPECT_TRUE(warehouse->ledger_totals(RawTable::rejects)->empty());
  for (const LoadProof& proof :
       {LoadProof{TableVersion(3), "here", "", {}}, LoadProof{TableVersion(9), "here", "c0", proven}}) {
    ASSERT_TRUE(warehouse->keep_load_proof(RawTable::clicks, proof).ok());
    EXPECT_EQ(*warehouse->load_proof(RawTable::clicks), proof);
  }
  EXPECT_EQ(*warehouse->load_proof(RawTable::rejects), std::nullopt);
  run_by_hand({"delete from raw.load_proof where dt = '2024-02-29'"});
  EXPECT_EQ(*warehouse->load_proof(RawTable::clicks), std::nullopt) << "half of one is none";
  run_by_hand({"drop table raw.load_proof"});
  EXPECT_EQ(*warehouse->load_proof(RawTable::clicks), std::nullopt) << "a warehouse of an older version";
  EXPECT_FALSE(warehouse->keep_load_proof(RawTable::clicks, {TableVersion(9), "here", "c0", proven}).ok());
  ASSERT_TRUE(warehouse->prepare().ok());
  EXPECT_TRUE(warehouse->keep_load_proof(RawTable::clicks, {TableVersion(9), "here", "c0", proven}).ok());
}

TEST_P(WarehouseContract, ManyFilesAndOddFolderNames) {
  options_.lock_wait = Millis(5000);
  const auto warehouse = open_prepared();
  const std::string odd = folder_.path() + "/a [b]* c'd";
  const std::vector<LakeFile> files = {write_clicks(odd, "x", {}),
                                       write_clicks(odd, "y", {.dt = "1999-12-31", .first_offset = 10}),
                                       write_clicks(odd, "z", {.dt = "2024-02-29", .first_offset = 20})};
  const auto report = warehouse->load(RawTable::clicks, files);
  ASSERT_TRUE(report.ok()) << report.error().text();
  expect_rows(*warehouse, 30);
  EXPECT_EQ(one_value(*warehouse, "select count(*) from raw.raw_clicks where dt = cast(event_ts as date)"), "30");
}

TEST_P(WarehouseContract, ADryRunSaysWhatWouldRunAndRunsNothing) {
  const LakeFile file = write_clicks(folder_.path(), "a", {});
  const auto offline = testing::offline_target(options_);
  ASSERT_TRUE(offline.ok());
  const auto text = (*offline)->dry_run(RawTable::clicks, {file});
  ASSERT_TRUE(text.ok()) << text.error().text();
  EXPECT_THAT(*text, AllOf(HasSubstr("begin;"), HasSubstr("insert into raw.load_ledger"),
                           HasSubstr(testing::lake_name(options_, file.absolute)), HasSubstr("commit;")));
  EXPECT_FALSE(std::filesystem::exists(folder_.path() + "/clicks.duckdb"));
}

class ServerFaults : public ::testing::TestWithParam<Target> {
 protected:
  void SetUp() override {
    set_log_level("off");
    if (GetParam() == Target::redshift) {
      proxy_ = std::make_unique<testing::CutProxy>(testing::redshift_port());
      options_.url = testing::redshift_url(testing::fresh_redshift_database(), proxy_->port());
      return;
    }
    if (const std::string reason = testing::postgres_cluster().reason; !reason.empty()) GTEST_SKIP() << reason;
    proxy_ = std::make_unique<testing::CutProxy>(testing::postgres_cluster().port);
    options_.url = testing::postgres_cluster().url(testing::fresh_database(), proxy_->port());
  }

  TempFolder folder_;
  std::unique_ptr<testing::CutProxy> proxy_;
  WarehouseOptions options_;
};

INSTANTIATE_TEST_SUITE_P(Targets, ServerFaults, ::testing::ValuesIn(servers()), target_name);

TEST_P(ServerFaults, AHeldLockIsReportedWithItsCureAfterABoundedWait) {
  ASSERT_TRUE((*testing::open_target(options_))->prepare().ok());
  auto other = *PgConnection::connect({*parse_warehouse_url(options_.url), {}, 0});
  ASSERT_TRUE(other->execute("begin").ok());
  const std::string advisory = "select pg_advisory_xact_lock(" + std::to_string(0x72636d6c6c6f6164) + ")";
  if (GetParam() == Target::redshift) ASSERT_TRUE(other->execute("lock raw.load_ledger").ok());
  else ASSERT_TRUE(other->query(advisory).ok());
  options_.lock_wait = Millis(300);
  auto waiting = *testing::open_target(options_);
  const LakeFile file = write_clicks(folder_.path(), "a", {});
  const auto report = waiting->load(RawTable::clicks, {file});
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(report.error().cure, HasSubstr("--lock-wait"));
  ASSERT_TRUE(other->execute("rollback").ok());
  EXPECT_TRUE(waiting->load(RawTable::clicks, {file}).ok());
  EXPECT_EQ((*waiting->query("show statement_timeout"))[0][0], "0") << "only the wait is bounded";
}

// R6: the client cannot know whether COMMIT was done; the ledger does.
TEST_P(ServerFaults, ALostReplyAfterCommitDoublesNothing) {
  for (const testing::Cut cut : {testing::Cut::after_request, testing::Cut::before_request}) {
    auto warehouse = *testing::open_target(options_);
    ASSERT_TRUE(warehouse->prepare().ok());
    ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{"2025-08-24"}, {}}).ok());
    const LakeFile file = write_clicks(folder_.path(), "a", {.row_count = 1'000});
    const int before = proxy_->cuts_done();
    proxy_->arm(cut, "commit");
    const auto report = warehouse->load(RawTable::clicks, {file});
    ASSERT_TRUE(report.ok()) << report.error().text();
    EXPECT_EQ(proxy_->cuts_done(), before + 1);
    EXPECT_EQ(report->rows_loaded, 1'000) << "the rows are this load's, whichever attempt brought them";
    EXPECT_EQ(*warehouse->row_count(RawTable::clicks), 1'000);
  }
}

TEST_P(ServerFaults, ACutInTheMiddleOfTheRowsIsTriedAgain) {
  auto warehouse = *testing::open_target(options_);
  ASSERT_TRUE(warehouse->prepare().ok());
  std::vector<std::string> moments = {"begin", "copy raw.", "e-700", "insert into raw.load_ledger"};
  if (GetParam() == Target::redshift) {
    moments = {"begin", "copy rcml_stage", "insert into raw.raw_clicks", "insert into raw.load_ledger"};
  }
  for (const std::string& at : moments) {
    SCOPED_TRACE(at);
    ASSERT_TRUE(warehouse->replace(RawTable::clicks, {{"2025-08-24"}, {}}).ok());
    proxy_->arm(testing::Cut::after_request, at);
    const auto report = warehouse->load(RawTable::clicks, {write_clicks(folder_.path(), "a", {.row_count = 20'000})});
    ASSERT_TRUE(report.ok()) << report.error().text();
    EXPECT_EQ(*warehouse->row_count(RawTable::clicks), 20'000);
  }
  EXPECT_EQ(proxy_->cuts_done(), 4);
}

class PostgresFaults : public ::testing::Test {
 protected:
  void SetUp() override {
    set_log_level("off");
    if (const std::string reason = testing::postgres_cluster().reason; !reason.empty()) GTEST_SKIP() << reason;
    options_.url = testing::postgres_cluster().url(testing::fresh_database());
  }

  TempFolder folder_;
  WarehouseOptions options_;
};

TEST_F(PostgresFaults, NoMessageHoldsThePassword) {
  const auto& cluster = testing::postgres_cluster();
  std::vector<std::string> urls = {cluster.url("no_such_database"), cluster.url("postgres", 1)};
  urls.push_back("postgres://loader:wr%6Fng-secret@127.0.0.1:" + std::to_string(cluster.port) + "/postgres");
  urls.push_back("postgres://loader:wrong-secret%zz@127.0.0.1/postgres");
  options_.retry_count_max = 0;
  for (const std::string& url : urls) {
    options_.url = url;
    const auto warehouse = open_warehouse(options_);
    ASSERT_FALSE(warehouse.ok()) << url;
    EXPECT_THAT(warehouse.error().text(),
                AllOf(Not(HasSubstr("secret")), Not(HasSubstr("p@ss")), Not(HasSubstr("p%40ss"))));
    EXPECT_FALSE(warehouse.error().cure.empty());
  }
}

TEST(DuckdbLock, AFileHeldByAnotherProcessIsWaitedForAndThenReported) {
  set_log_level("off");
  const TempFolder folder;
  WarehouseOptions options;
  options.url = "duckdb:" + folder.path() + "/clicks.duckdb";
  const pid_t holder = testing::start_holder(options.url, folder.path());
  while (!std::filesystem::exists(folder.path() + "/held")) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  options.lock_wait = Millis(300);
  const auto refused = open_warehouse(options);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(refused.error().text(), AllOf(HasSubstr("held by another process"), HasSubstr("--lock-wait")));
  options.lock_wait = Millis(20'000);
  std::thread release([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    kill(holder, SIGKILL);
  });
  EXPECT_TRUE(open_warehouse(options).ok());
  release.join();
  testing::wait_for(holder);
}

}  // namespace
}  // namespace rcml::warehouse
