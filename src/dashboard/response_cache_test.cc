#include "dashboard/response_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <new>
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
    cache.ask(key, pool_, std::move(make), [&](const Outcome& outcome) { answered.set_value(outcome.answer); });
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

TEST_F(ResponseCacheTest, AnAnswerThatIsTooOldIsMadeAgain) {
  ResponseCache cache(1 << 20);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return answer_of(std::to_string(++made)); };
  const auto ask = [&](Millis age_max) {
    std::promise<std::string> body;
    cache.ask("live", pool_, make, [&](const Outcome& outcome) { body.set_value((*outcome.answer)->body); }, age_max);
    return body.get_future().get();
  };
  EXPECT_EQ(ask(Millis(60'000)), "1");
  EXPECT_EQ(ask(Millis(60'000)), "1");
  EXPECT_EQ(ask(Millis(0)), "2");
  EXPECT_EQ(ask(Millis(60'000)), "2") << "the newer one took its place";
}

TEST_F(ResponseCacheTest, AnExceptionIsAnErrorOfThisAnswerOnly) {
  ResponseCache cache(1 << 20);
  const auto failed = get(cache, "a", []() -> Result<AnswerPtr> { throw std::bad_alloc(); });
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(get(cache, "a", []() -> Result<AnswerPtr> { return answer_of("yes"); }).ok());
}

TEST_F(ResponseCacheTest, AQuestionThatTookTooLongIsNotTriedAgainAtOnce) {
  ResponseCache cache(1 << 20);
  QueryPool quick({.threads = 1, .queue_max = 4, .time_max = Millis(30)});
  int tries = 0;
  const auto slow = [&]() -> Result<AnswerPtr> {
    ++tries;
    while (!QueryDeadline::current()->is_over()) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    return unavailable("took too long");
  };
  for (int turn = 0; turn < 3; ++turn) {
    std::promise<bool> ok;
    cache.ask("slow", quick, slow,
              [&](const Outcome& outcome) { ok.set_value(outcome.answer.ok() || outcome.is_busy); });
    EXPECT_FALSE(ok.get_future().get());
  }
  EXPECT_EQ(tries, 1);
}

TEST_F(ResponseCacheTest, AQuestionThatIsTurnedAwayIsBusyAndMayComeAgain) {
  ResponseCache cache(1 << 20);
  QueryPool stopped({.threads = 1, .queue_max = 1});
  ASSERT_TRUE(stopped.stop(Millis(30'000)));
  std::promise<bool> is_busy;
  cache.ask(
      "a", stopped, []() -> Result<AnswerPtr> { return answer_of("never"); },
      [&](const Outcome& outcome) { is_busy.set_value(outcome.is_busy); });
  EXPECT_TRUE(is_busy.get_future().get());
  EXPECT_TRUE(get(cache, "a", []() -> Result<AnswerPtr> { return answer_of("now"); }).ok());
}

}  // namespace
}  // namespace rcml::dashboard
