#include "http/proxy.h"

#include <gtest/gtest.h>

#include <map>

namespace rcml::http {
namespace {

class Forwarded : public Fields {
 public:
  Forwarded(std::string addresses, std::string scheme)
      : fields_{{"X-Forwarded-For", addresses}, {"X-Forwarded-Proto", scheme}} {}
  std::string_view find(std::string_view name) const override { return fields_.at(std::string(name)); }
  size_t count(std::string_view) const override { return 1; }
  std::string joined(std::string_view name) const override { return fields_.at(std::string(name)); }

 private:
  std::map<std::string, std::string> fields_;
};

std::string client_of(const TrustedProxies& proxies, std::string_view peer, const std::string& forwarded) {
  const Forwarded fields(forwarded, "https");
  Request request;
  request.peer = peer;
  request.fields = &fields;
  return proxies.client_address(request);
}

bool is_https(const TrustedProxies& proxies, std::string_view peer, const std::string& scheme) {
  const Forwarded fields("", scheme);
  Request request;
  request.peer = peer;
  request.fields = &fields;
  return proxies.is_https(request);
}

TEST(ProxyTest, OnlyATrustedPeerIsBelieved) {
  const auto proxies = TrustedProxies::create({"127.0.0.1", "172.16.0.0/12", "2001:db8::/33"});
  ASSERT_TRUE(proxies.ok());
  EXPECT_EQ(client_of(*proxies, "10.0.0.1", "1.2.3.4"), "10.0.0.1");
  EXPECT_EQ(client_of(*proxies, "127.0.0.1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client_of(*proxies, "127.0.0.1", "6.6.6.6, 1.2.3.4, 172.31.255.255"), "1.2.3.4")
      << "what a client forged is on the left";
  EXPECT_EQ(client_of(*proxies, "172.32.0.0", "1.2.3.4"), "172.32.0.0");
  EXPECT_EQ(client_of(*proxies, "2001:db8:7fff::1", "1.2.3.4"), "1.2.3.4");
  EXPECT_EQ(client_of(*proxies, "2001:db8:8000::1", "1.2.3.4"), "2001:db8:8000::1");
  EXPECT_EQ(client_of(*proxies, "127.0.0.1", ""), "127.0.0.1");
  for (const auto* entry : {"1.2.3.4:5678", "::ffff:1.2.3.4", "[::ffff:1.2.3.4]:80"})
    EXPECT_EQ(client_of(*proxies, "127.0.0.1", entry), "1.2.3.4") << entry;
  EXPECT_EQ(client_of(*proxies, "127.0.0.1", "[2001:DB8:8000::1]:443"), "2001:db8:8000::1");
  for (const auto* entry : {"unknown", "_hidden", "1.2.3.4, x", ","})
    EXPECT_EQ(client_of(*proxies, "127.0.0.1", entry), "127.0.0.1") << entry;
  EXPECT_TRUE(is_https(*proxies, "127.0.0.1", "HTTPS"));
  EXPECT_FALSE(is_https(*proxies, "127.0.0.1", "http"));
  EXPECT_FALSE(is_https(*proxies, "10.0.0.1", "https"));
}

TEST(ProxyTest, WhatIsNoNetworkIsNamed) {
  const auto refused =
      TrustedProxies::create({"10.0.0.0/8", "proxy.example", "10.0.0.0/33", "::/129", "1.2.3.4/", "1.2.3.4/-1"});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(refused.error().message.find("'proxy.example', '10.0.0.0/33', '::/129', '1.2.3.4/', '1.2.3.4/-1'"),
            std::string::npos)
      << refused.error().message;
  EXPECT_TRUE(TrustedProxies::create({}).ok());
}

}  // namespace
}  // namespace rcml::http
