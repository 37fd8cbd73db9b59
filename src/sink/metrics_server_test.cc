#include "sink/metrics_server.h"

#include <gtest/gtest.h>

#include "http/testing/client.h"

namespace rcml::sink {
namespace {

using http::testing::Client;

class MetricsServerTest : public testing::Test {
 protected:
  uint16_t start(std::vector<std::string> hosts = {}) {
    server_ = *MetricsServer::start({.listen = "127.0.0.1:0", .hosts = std::move(hosts), .stall_max = Millis(60'000)},
                                    metrics_);
    return static_cast<uint16_t>(server_->port());
  }
  Metrics metrics_;
  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, MetricsAndHealthAreServedAndNothingElse) {
  Client client(start());
  EXPECT_NE(client.get("/metrics")->body.find("rcml_sink_"), std::string::npos);
  EXPECT_TRUE(client.get("/healthz")->status == 200 || client.get("/healthz")->status == 503);
  EXPECT_EQ(client.get("/")->status, 404);
}

TEST_F(MetricsServerTest, TheGuardComesBeforeAnyRoute) {
  Client client(start());
  for (const auto* path : {"/metrics", "/healthz"}) {
    EXPECT_EQ(client.get(path, {{"Host", "evil.example"}})->status, 421) << path;
    EXPECT_EQ(client.request("POST", path, {}, "x")->status, 405) << path;
    EXPECT_EQ(client.get(path, {{"Content-Length", "5"}})->status, 400) << path;
  }
}

TEST_F(MetricsServerTest, ANameThatIsAllowedIsServed) {
  Client client(start({"metrics.shop.example"}));
  EXPECT_EQ(client.get("/metrics", {{"Host", "metrics.shop.example:9464"}})->status, 200);
  EXPECT_EQ(client.get("/metrics", {{"Host", "evil.example"}})->status, 421);
}

TEST_F(MetricsServerTest, AWrongAddressIsTheSettingsFault) {
  for (const auto* wrong : {"9464", "localhost:x", "203.0.113.1:9464"}) {
    const auto started = MetricsServer::start({.listen = wrong, .hosts = {}, .stall_max = Millis(1)}, metrics_);
    ASSERT_FALSE(started.ok()) << wrong;
    EXPECT_EQ(started.error().kind, ErrorKind::bad_config) << wrong;
  }
}

}  // namespace
}  // namespace rcml::sink
