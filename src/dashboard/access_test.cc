#include "dashboard/access.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace rcml::dashboard {
namespace {

constexpr UtcMicros kNow{1'000'000'000};
constexpr int64_t kSecond = 1'000'000;
const std::string kToken = "correct-horse-battery";

UtcMicros after(int64_t seconds) { return UtcMicros(kNow.value + seconds * kSecond); }

bool is_granted(Access& access, std::string_view authorization, std::string_view cookies = {}, UtcMicros now = kNow) {
  return access.check({authorization, cookies, "10.0.0.1"}, now).is_granted;
}

TEST(AccessTest, WithoutATokenEverybodyMaySee) {
  Access access("");
  EXPECT_FALSE(access.needs_token());
  EXPECT_TRUE(is_granted(access, ""));
  EXPECT_FALSE(access.check_token("", "10.0.0.1", kNow).is_granted) << "but nobody signs in with nothing";
}

TEST(AccessTest, TheSchemeIsReadInAnyCaseAndTheTokenExactly) {
  Access access(kToken);
  for (const auto* scheme : {"Bearer ", "bearer ", "BEARER  "})
    EXPECT_TRUE(is_granted(access, scheme + kToken)) << scheme;
  const std::vector<std::string> wrong_ones{"",
                                            "Bearer ",
                                            "Bearer " + kToken + "2",
                                            "Basic " + kToken,
                                            kToken,
                                            "Bearer correct-horse-batter",
                                            "Bearer CORRECT-HORSE-BATTERY"};
  for (const std::string& wrong : wrong_ones) EXPECT_FALSE(is_granted(access, wrong)) << wrong;
}

TEST(AccessTest, ASessionIsNotTheTokenAndEndsAtSignOut) {
  Access access(kToken);
  const std::string id = access.open_session(kNow);
  EXPECT_EQ(id.size(), 32U);
  EXPECT_EQ(id.find(kToken), std::string::npos);
  const std::string cookie = "a=b; rcml_session=" + id;
  EXPECT_TRUE(is_granted(access, "", cookie));
  EXPECT_FALSE(is_granted(access, "", "rcml_session=" + kToken)) << "the token is no session";
  access.close_session(cookie);
  EXPECT_FALSE(is_granted(access, "", cookie));
}

TEST(AccessTest, SessionsEndWithTimeAndAreBounded) {
  Access access(kToken);
  const std::string first = "rcml_session=" + access.open_session(kNow);
  EXPECT_TRUE(is_granted(access, "", first, after(kSessionSeconds - 1)));
  EXPECT_FALSE(is_granted(access, "", first, after(kSessionSeconds)));
  for (size_t index = 0; index < Access::kSessionsMax; ++index) (void)access.open_session(after(1));
  EXPECT_FALSE(is_granted(access, "", first, after(2))) << "the oldest gave way";
}

TEST(AccessTest, GuessesAreSlowedForTheirAddressOnly) {
  Access access(kToken);
  const auto guess = [&](const std::string& token, const std::string& address, UtcMicros now) {
    return access.check_token(token, address, now);
  };
  for (int turn = 0; turn < GuessLimiter::kGuessesMax; ++turn)
    EXPECT_EQ(guess("wrong", "2001:db8::" + std::to_string(turn), kNow).wait_seconds, 0);
  const Verdict slowed = guess(kToken, "2001:db8::ffff", kNow);
  EXPECT_FALSE(slowed.is_granted) << "one /64 is one guesser, and the right token is not looked at either";
  EXPECT_GT(slowed.wait_seconds, 0);
  EXPECT_TRUE(guess(kToken, "2001:db8:0:1::1", kNow).is_granted);
  EXPECT_TRUE(guess(kToken, "10.0.0.1", kNow).is_granted);
  EXPECT_TRUE(guess(kToken, "2001:db8::1", after(61)).is_granted);
}

TEST(AccessTest, TheMemoryOfGuessesIsBounded) {
  GuessLimiter limiter;
  for (size_t index = 0; index < 3 * GuessLimiter::kAddressesMax; ++index)
    limiter.count_wrong("10." + std::to_string(index >> 16) + '.' + std::to_string(index >> 8 & 255) + '.' +
                            std::to_string(index & 255),
                        UtcMicros(kNow.value + static_cast<int64_t>(index)));
  EXPECT_LE(limiter.address_count(), GuessLimiter::kAddressesMax);
}

TEST(AccessTest, ATokenFileIsReadWithoutItsLineEnd) {
  const std::string path = (std::filesystem::temp_directory_path() / ("rcml-token-" + random_token())).string();
  EXPECT_FALSE(read_token_file(path).ok());
  { std::ofstream(path) << "correct-horse-battery \r\nsecond line"; }
  EXPECT_EQ(*read_token_file(path), "correct-horse-battery");
  { std::ofstream(path) << "short\n"; }
  const auto refused = read_token_file(path);
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find(path), std::string::npos);
  EXPECT_EQ(refused.error().message.find("short"), refused.error().message.find("shorter")) << "never the token itself";
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace rcml::dashboard
