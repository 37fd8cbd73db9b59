// http/testing/client.h: a blocking HTTP client for tests and benchmarks. It sends exactly the bytes it is given, and
// reads answers as strictly as it can: an answer that does not fit its own Content-Length is a failure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace rcml::http::testing {

using FieldMap = std::map<std::string, std::string>;

struct Answer {
  int status = 0;
  FieldMap fields;  // Names in lower case.
  std::string body;
  std::string field(const std::string& name) const {
    const auto it = fields.find(name);
    return it == fields.end() ? std::string() : it->second;
  }
};

// One connection to 127.0.0.1:port, opened when first needed and again after the server has closed it. Reads give up
// after kReadSeconds.
class Client {
 public:
  static constexpr int kReadSeconds = 20;
  explicit Client(uint16_t port) : port_(port) {}
  ~Client() { close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  std::optional<Answer> get(const std::string& target, const FieldMap& fields = {}) {
    return request("GET", target, fields);
  }
  // A Host and, with a body, a Content-Length are added where `fields` has none.
  std::optional<Answer> request(const std::string& method, const std::string& target, const FieldMap& fields = {},
                                const std::string& body = {});

  bool open();
  void close();
  bool send(std::string_view bytes);
  // The next answer on this connection. `has_body` is false for HEAD. nullopt: the connection ended first.
  std::optional<Answer> read_answer(bool has_body = true);
  // Everything until the server closes; nullopt when it does not within `ms`.
  std::optional<std::string> read_to_end(int ms);

 private:
  bool read_more();
  const uint16_t port_;
  int socket_ = -1;
  std::string in_;
};

}  // namespace rcml::http::testing
