#include "dashboard/query_pool.h"

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

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
  pool.submit([&](bool) { slow.set_value(database->run(kEndless)); });
  const auto ended = slow.get_future().get();
  pool.submit([&](bool) { quick.set_value(database->run({"select 1", {}})); });
  ASSERT_FALSE(ended.ok());
  EXPECT_EQ(ended.error().kind, ErrorKind::unavailable);
  EXPECT_NE(ended.error().message.find("took too long"), std::string::npos) << ended.error().message;
  EXPECT_TRUE(quick.get_future().get().ok());
}

TEST(QueryPoolTest, TheNextQueryOfAnOverdueAnswerFailsAtOnce) {
  const auto database = *DuckdbDatabase::open(":memory:", {});
  QueryPool pool({.threads = 1, .queue_max = 4, .time_max = Millis(100)});
  std::promise<Result<Table>> second;
  pool.submit([&](bool) {
    (void)database->run(kEndless);
    second.set_value(database->run(kEndless));
  });
  EXPECT_FALSE(second.get_future().get().ok());
}

TEST(QueryPoolTest, AStopEndsWhatRunsAndTurnsAwayWhatWaits) {
  const auto database = *DuckdbDatabase::open(":memory:", {});
  std::promise<void> begun;
  int turned_away = 0;
  QueryPool pool({.threads = 1, .queue_max = 4, .time_max = Millis(600'000)});
  pool.submit([&](bool) {
    begun.set_value();
    (void)database->run(kEndless);
  });
  begun.get_future().wait();
  pool.submit([&](bool is_turned_away) { turned_away += is_turned_away ? 1 : 0; });
  EXPECT_TRUE(pool.stop(Millis(30'000)));
  pool.submit([&](bool is_turned_away) { turned_away += is_turned_away ? 1 : 0; });
  EXPECT_EQ(turned_away, 2);
}

TEST(QueryPoolTest, AStopSaysWhenSomethingDoesNotEnd) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  QueryPool pool({.threads = 1, .queue_max = 4});
  pool.submit([released](bool) { released.wait(); });
  while (pool.running_count() == 0) std::this_thread::yield();
  EXPECT_FALSE(pool.stop(Millis(50)));
  release.set_value();
  EXPECT_TRUE(pool.stop(Millis(30'000)));
}

// One runs; of three that wait in a queue of two the oldest is turned away, and the newest runs first.
TEST(QueryPoolTest, TheNewestRunsFirstAndTheOldestGivesWay) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::mutex mutex;
  std::vector<std::string> order;
  const auto note = [&](const std::string& name, bool is_turned_away) {
    const std::lock_guard lock(mutex);
    order.push_back(is_turned_away ? name + " away" : name);
  };
  {
    QueryPool pool({.threads = 1, .queue_max = 2});
    std::promise<void> last;
    pool.submit([released](bool) { released.wait(); });
    while (pool.running_count() == 0) std::this_thread::yield();
    pool.submit([&](bool away) { note("first", away); });
    pool.submit([&](bool away) {
      note("second", away);
      last.set_value();
    });
    pool.submit([&](bool away) { note("third", away); });
    release.set_value();
    last.get_future().wait();
  }
  EXPECT_EQ(order, (std::vector<std::string>{"first away", "third", "second"}));
}

TEST(QueryPoolTest, WhatHasWaitedTooLongIsTurnedAway) {
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  std::promise<bool> late;
  QueryPool pool({.threads = 1, .queue_max = 2, .wait_max = Millis(20)});
  pool.submit([released](bool) { released.wait(); });
  while (pool.running_count() == 0) std::this_thread::yield();
  pool.submit([&](bool is_turned_away) { late.set_value(is_turned_away); });
  std::this_thread::sleep_for(std::chrono::milliseconds(60));
  release.set_value();
  EXPECT_TRUE(late.get_future().get());
}

}  // namespace
}  // namespace rcml::dashboard
