#include "dashboard/response_cache.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace rcml::dashboard {
namespace {

AnswerPtr answer_of(std::string body) {
  auto answer = std::make_shared<Answer>();
  answer->body = std::move(body);
  return answer;
}

TEST(ResponseCacheTest, TheSameQuestionIsAnsweredOnce) {
  ResponseCache cache(1 << 20);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return answer_of(std::to_string(++made)); };
  EXPECT_EQ((*cache.get("a", make))->body, "1");
  EXPECT_EQ((*cache.get("a", make))->body, "1");
  EXPECT_EQ((*cache.get("b", make))->body, "2");
}

TEST(ResponseCacheTest, AnErrorIsNotKept) {
  ResponseCache cache(1 << 20);
  EXPECT_FALSE(cache.get("a", []() -> Result<AnswerPtr> { return unavailable("no"); }).ok());
  EXPECT_EQ((*cache.get("a", []() -> Result<AnswerPtr> { return answer_of("yes"); }))->body, "yes");
}

TEST(ResponseCacheTest, TheOldestGoesWhenItIsFull) {
  ResponseCache cache(3000);
  int made = 0;
  const auto make = [&]() -> Result<AnswerPtr> { return ++made, answer_of(std::string(900, 'x')); };
  for (const auto* key : {"a", "b", "a", "c"}) ASSERT_TRUE(cache.get(key, make).ok());
  EXPECT_EQ(made, 3);
  ASSERT_TRUE(cache.get("a", make).ok());
  EXPECT_EQ(made, 3) << "a was used after b and must still be there";
  ASSERT_TRUE(cache.get("b", make).ok());
  EXPECT_EQ(made, 4);
}

TEST(ResponseCacheTest, ManyAtOnceShareOneMaking) {
  ResponseCache cache(1 << 20);
  std::atomic<int> made = 0;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 16; ++thread) {
    threads.emplace_back([&] {
      const auto got = cache.get("a", [&]() -> Result<AnswerPtr> {
        std::this_thread::sleep_for(std::chrono::milliseconds(50));
        return answer_of(std::to_string(++made));
      });
      EXPECT_EQ((*got)->body, "1");
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(made, 1);
}

}  // namespace
}  // namespace rcml::dashboard
