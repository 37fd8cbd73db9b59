#include "dashboard/response_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>
#include <vector>

namespace rcml::dashboard {
namespace {

AnswerPtr answer_of(std::string body) {
  auto answer = std::make_shared<Answer>();
  answer->body = std::move(body);
  return answer;
}

class ResponseCacheTest : public testing::Test {
 protected:
  // What ask() answers, waited for.
  Result<AnswerPtr> get(ResponseCache& cache, const std::string& key, ResponseCache::Make make) {
    std::promise<Result<AnswerPtr>> answered;
    cache.ask(key, pool_, std::move(make), [&](const Result<AnswerPtr>& answer) { answered.set_value(answer); });
    return answered.get_future().get();
  }
  QueryPool pool_{QueryLimits()};
};

TEST_F(ResponseCacheTest, TheSameQuestionIsAnsweredOnce) {
  ResponseCache cache(1 << 20);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return answer_of(std::to_string(++made)); };
  EXPECT_EQ((*get(cache, "a", make))->body, "1");
  EXPECT_EQ((*get(cache, "a", make))->body, "1");
  EXPECT_EQ((*get(cache, "b", make))->body, "2");
}

TEST_F(ResponseCacheTest, AnErrorIsNotKept) {
  ResponseCache cache(1 << 20);
  EXPECT_FALSE(get(cache, "a", []() -> Result<AnswerPtr> { return unavailable("no"); }).ok());
  EXPECT_EQ((*get(cache, "a", []() -> Result<AnswerPtr> { return answer_of("yes"); }))->body, "yes");
}

TEST_F(ResponseCacheTest, TheOldestGoesWhenItIsFull) {
  ResponseCache cache(3000);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return ++made, answer_of(std::string(900, 'x')); };
  for (const auto* key : {"a", "b", "a", "c"}) ASSERT_TRUE(get(cache, key, make).ok());
  EXPECT_EQ(made, 3);
  ASSERT_TRUE(get(cache, "a", make).ok());
  EXPECT_EQ(made, 3) << "a was used after b and must still be there";
  ASSERT_TRUE(get(cache, "b", make).ok());
  EXPECT_EQ(made, 4);
}

TEST_F(ResponseCacheTest, ManyAtOnceShareOneMaking) {
  ResponseCache cache(1 << 20);
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&] {
      const auto got = get(cache, "a", [&]() -> Result<AnswerPtr> {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return answer_of(std::to_string(++made));
      });
      EXPECT_EQ((*got)->body, "1");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

TEST_F(ResponseCacheTest, APreparedAnswerIsNotMadeAgain) {
  ResponseCache cache(1 << 20);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return answer_of(std::to_string(++made)); };
  cache.prepare("a", make);
  cache.prepare("a", make);
  EXPECT_EQ((*get(cache, "a", make))->body, "1");
}

TEST_F(ResponseCacheTest, AQuestionThatFindsTheQueueFullIsTurnedAwayAndMayComeAgain) {
  ResponseCache cache(1 << 20);
  std::promise<void> release;
  std::shared_future<void> released = release.get_future().share();
  {
    QueryPool small({.threads = 1, .queue_max = 1});
    std::atomic<int> good = 0;
    std::atomic<int> turned_away = 0;
    const auto done = [&](const Result<AnswerPtr>& answer) { ++(answer.ok() ? good : turned_away); };
    const auto slow = [&]() -> Result<AnswerPtr> { return released.wait(), answer_of("slow"); };
    cache.ask("runs", small, slow, done);
    while (!small.is_busy()) std::this_thread::yield();
    cache.ask("waits", small, slow, done);
    cache.ask("one too many", small, slow, done);
    EXPECT_EQ(turned_away, 1);
    release.set_value();
    while (good < 2) std::this_thread::yield();
  }
  EXPECT_TRUE(get(cache, "one too many", []() -> Result<AnswerPtr> { return answer_of("now"); }).ok());
}

}  // namespace
}  // namespace rcml::dashboard
