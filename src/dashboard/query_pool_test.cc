#include "dashboard/query_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>

#include "dashboard/duckdb_database.h"

namespace rcml::dashboard {
namespace {

// Minutes of work for any machine, and every thread of DuckDB's busy with it.
const Query kEndless{"select count(*) from range(100000000) a(x), range(100000000) b(y) where hash(x) > hash(y)", {}};

TEST(QueryPoolTest, AQueryThatTakesTooLongIsEndedAndTheThreadGoesOn) {
  const auto database = *DuckdbDatabase::open(":memory:", {});
  QueryPool pool({.threads = 1, .queue_max = 4, .time_max = Millis(200)});
  std::promise<Result<Table>> slow;
  std::promise<Result<Table>> quick;
  ASSERT_TRUE(pool.submit([&] { slow.set_value(database->run(kEndless)); }));
  ASSERT_TRUE(pool.submit([&] { quick.set_value(database->run({"select 1", {}})); }));
  const auto ended = slow.get_future().get();
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::unavailable);
  EXPECT_NE(ended.error().message.find("took too long"), std::string::npos) << ended.error().message;
  EXPECT_TRUE(quick.get_future().get().ok());
}

TEST(QueryPoolTest, TheNextQueryOfAnOverdueAnswerFailsAtOnce) {
  const auto database = *DuckdbDatabase::open(":memory:", {});
  QueryPool pool({.threads = 1, .queue_max = 4, .time_max = Millis(100)});
  std::promise<Result<Table>> second;
  ASSERT_TRUE(pool.submit([&] {
    (void)database->run(kEndless);
    second.set_value(database->run(kEndless));
  }));
  EXPECT_FALSE(second.get_future().get().ok());
}

TEST(QueryPoolTest, AStopEndsWhatRunsAndDropsWhatWaits) {
  const auto database = *DuckdbDatabase::open(":memory:", {});
  std::promise<void> begun;
  bool has_second_run = false;
  {
    QueryPool pool({.threads = 1, .queue_max = 4, .time_max = Millis(600'000)});
    ASSERT_TRUE(pool.submit([&] {
      begun.set_value();
      (void)database->run(kEndless);
    }));
    ASSERT_TRUE(pool.submit([&] { has_second_run = true; }));
    begun.get_future().wait();
  }
  EXPECT_FALSE(has_second_run);
}

TEST(QueryPoolTest, AFullQueueTurnsAway) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  QueryPool pool({.threads = 1, .queue_max = 2});
  ASSERT_TRUE(pool.submit([released] { released.wait(); }));
  while (!pool.is_busy()) std::this_thread::yield();
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_TRUE(pool.submit([] {}));
  EXPECT_FALSE(pool.submit([] {}));
  release.set_value();
}

}  // namespace
}  // namespace rcml::dashboard
