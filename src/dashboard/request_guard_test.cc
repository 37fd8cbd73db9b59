#include "dashboard/request_guard.h"

#include <gtest/gtest.h>

namespace rcml::dashboard {
namespace {

TEST(RequestGuardTest, ListenAddressesAreParsed) {
  EXPECT_EQ(parse_listen("127.0.0.1:8080")->port, 8080);
  EXPECT_EQ(parse_listen("[::1]:0")->host, "::1");
  EXPECT_EQ(parse_listen(":80")->host, "127.0.0.1");
  for (const auto* bad : {"", "8080", "host:", "host:x", "host:65536", "host:-1", "host:80x"})
    EXPECT_FALSE(parse_listen(bad).ok()) << bad;
}

TEST(RequestGuardTest, OnlyLoopbackNamesPassTheHostCheck) {
  const RequestGuard guard({"shop.internal"}, "", true);
  for (const auto* good : {"localhost", "LOCALHOST:8080", "127.0.0.1:8080", "[::1]:8080", "shop.internal:443"})
    EXPECT_TRUE(guard.is_host_allowed(good)) << good;
  for (const auto* bad : {"", "evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example",
                          "[::1", "[evil]:1"}) {
    EXPECT_FALSE(guard.is_host_allowed(bad)) << bad;
  }
}

TEST(RequestGuardTest, ATokenComesByHeaderOrCookie) {
  const RequestGuard guard({}, "correct-horse", false);
  EXPECT_TRUE(guard.is_authorized("Bearer correct-horse", ""));
  EXPECT_TRUE(guard.is_authorized("", "a=b; rcml_token=correct-horse; c=d"));
  EXPECT_FALSE(guard.is_authorized("", ""));
  EXPECT_FALSE(guard.is_authorized("Bearer correct-hors", ""));
  EXPECT_FALSE(guard.is_authorized("Bearer correct-horse2", ""));
  EXPECT_FALSE(guard.is_authorized("", "xrcml_token=correct-horse"));
  EXPECT_FALSE(guard.is_authorized("Bearer ", "rcml_token="));
  EXPECT_TRUE(RequestGuard({}, "", true).is_authorized("", ""));
}

}  // namespace
}  // namespace rcml::dashboard
