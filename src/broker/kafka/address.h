// broker/kafka/address.h: kafka://HOST:PORT[,HOST:PORT]/TOPIC, taken apart.
#pragma once

#include <string>

#include "core/result.h"

namespace rcml::broker::kafka {

struct Address {
  std::string bootstrap;  // HOST:PORT[,HOST:PORT]
  std::string topic;
};

// bad_config when a part is missing or the topic's name is not one Kafka takes ([A-Za-z0-9._-], at most 249).
Result<Address> parse_address(const std::string& url);

}  // namespace rcml::broker::kafka
