#include "broker/kafka/address.h"

#include <gtest/gtest.h>

namespace rcml::broker::kafka {
namespace {

TEST(KafkaAddress, BrokersAndTopicAreTakenApart) {
  const auto address = parse_address("kafka://a:9092,b:9093/clicks.v2");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->bootstrap, "a:9092,b:9093");
  EXPECT_EQ(address->topic, "clicks.v2");
}

TEST(KafkaAddress, AFaultNamesTheForm) {
  for (const char* url : {"kafka://a:9092", "kafka://a:9092/", "kafka:///clicks", "http://a/clicks",
                          "kafka://a:9092/cl icks", "kafka://a/b/c"}) {
    const auto address = parse_address(url);
    ASSERT_FALSE(address.ok()) << url;
    EXPECT_EQ(address.error().kind, ErrorKind::bad_config);
    EXPECT_FALSE(address.error().cure.empty());
  }
}

}  // namespace
}  // namespace rcml::broker::kafka
