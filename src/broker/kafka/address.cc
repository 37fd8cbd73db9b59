#include "broker/kafka/address.h"

#include <algorithm>
#include <cctype>

namespace rcml::broker::kafka {
namespace {

constexpr std::string_view kScheme = "kafka://";
constexpr size_t kTopicBytesMax = 249;

bool is_topic_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
}

}  // namespace

Result<Address> parse_address(const std::string& url) {
  const std::string cure = "Write it as kafka://HOST:PORT/TOPIC, e.g. kafka://localhost:9092/clicks";
  if (!url.starts_with(kScheme)) return bad_config(url + " is no Kafka address", cure);
  const std::string rest = url.substr(kScheme.size());
  const size_t slash = rest.find('/');
  if (slash == std::string::npos || slash == 0) return bad_config(url + " names no broker or no topic", cure);
  Address address{rest.substr(0, slash), rest.substr(slash + 1)};
  if (address.topic.empty() || address.topic.size() > kTopicBytesMax ||
      !std::all_of(address.topic.begin(), address.topic.end(), is_topic_char)) {
    return bad_config("\"" + address.topic + "\" is no topic name",
                      "Letters, digits, '.', '_' and '-', at most 249 of them");
  }
  return address;
}

}  // namespace rcml::broker::kafka
