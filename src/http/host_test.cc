#include "http/host.h"

#include <gtest/gtest.h>

namespace rcml::http {
namespace {

TEST(HostTest, NamesAndAddressesAreParsedExactly) {
  EXPECT_EQ(parse_host("LOCALHOST:8080")->name, "localhost");
  EXPECT_EQ(parse_host("localhost:8080")->port, 8080);
  EXPECT_EQ(parse_host("[::1]:80")->name, "::1");
  EXPECT_TRUE(parse_host("[::1]")->is_address);
  EXPECT_TRUE(parse_host("127.0.0.1:1")->is_address);
  EXPECT_FALSE(parse_host("127.0.0.1.evil.test")->is_address);
  EXPECT_EQ(parse_host("stream_1.shop-a.example")->name, "stream_1.shop-a.example");
}

TEST(HostTest, WhatIsNoHostIsRefused) {
  for (const auto* bad : {"",
                          ":80",
                          "localhost:",
                          "localhost:x",
                          "localhost:65536",
                          "localhost:80@evil.com",
                          "user@localhost",
                          "a b",
                          "[::1",
                          "[::1]evil",
                          "[::1]:",
                          "[evil]:1",
                          "[127.0.0.1]",
                          "::1",
                          "a..b",
                          ".a",
                          "a.",
                          "a/b",
                          "a,b",
                          "a:1:2",
                          "localhost:+80",
                          "localhost:-1",
                          "ex\xC3\xA4mple.test",
                          "a\tb",
                          "[::1]:80@evil"}) {
    EXPECT_FALSE(parse_host(bad)) << bad;
  }
  EXPECT_FALSE(parse_host(std::string(256, 'a')));
  EXPECT_FALSE(parse_host(std::string_view("[::\0@evil]", 10))) << "an address does not end at a NUL";
  EXPECT_FALSE(parse_host(std::string_view("127.0.0.1\0.evil", 15)));
}

TEST(HostTest, OnlyKnownNamesAndAddressesAreAnsweredFor) {
  const auto rule = HostRule::create({"Shop.Internal"});
  ASSERT_TRUE(rule.ok());
  for (const auto* good : {"localhost", "127.0.0.1:8080", "[::1]:8080", "10.1.2.3", "shop.internal:443"})
    EXPECT_TRUE(rule->allows(*parse_host(good))) << good;
  for (const auto* bad : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "shop.internal.evil"})
    EXPECT_FALSE(rule->allows(*parse_host(bad))) << bad;
}

TEST(HostTest, AllNamesThatAreNoneAreReportedAtOnce) {
  const auto rule = HostRule::create({"good.example:8080", "https://shop.example", "a/b"});
  ASSERT_FALSE(rule.ok());
  EXPECT_NE(rule.error().message.find("'https://shop.example', 'a/b'"), std::string::npos) << rule.error().message;
  EXPECT_TRUE(HostRule::create({"good.example:8080"})->allows(*parse_host("good.example")));
}

TEST(HostTest, ListenAddressesAreParsed) {
  EXPECT_EQ(parse_listen("127.0.0.1:8080", "--listen")->port, 8080);
  EXPECT_EQ(parse_listen("[::1]:0", "--listen")->host, "::1");
  EXPECT_EQ(parse_listen(":80", "--listen")->host, "127.0.0.1");
  for (const auto* bad : {"", "8080", "host:", "host:x", "host:65536", "host:-1", "host:80x", "::1:80"}) {
    const auto refused = parse_listen(bad, "--metrics");
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_NE(refused.error().cure.find("--metrics "), std::string::npos);
  }
  EXPECT_TRUE(is_loopback("127.1.2.3") && is_loopback("::1") && is_loopback("localhost"));
  EXPECT_FALSE(is_loopback("127.evil.test") || is_loopback("0.0.0.0"));
}

}  // namespace
}  // namespace rcml::http
