// http/message.h: one request and one response, free of any HTTP library.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rcml::http {

// The fields of a request's head. Names are compared without regard to letter case.
class Fields {
 public:
  virtual ~Fields() = default;
  // The value without surrounding spaces; empty when the field is absent. The first one if it is repeated.
  virtual std::string_view find(std::string_view name) const = 0;
  virtual size_t count(std::string_view name) const = 0;
  // The values of every field of that name, in order, separated by ", " (RFC 9110, 5.3).
  virtual std::string joined(std::string_view name) const = 0;
};

// Views stay valid only during the call that receives the request.
struct Request {
  std::string_view method;  // "GET"; case-sensitive, as RFC 9110 has it.
  std::string_view path;    // "/api/kpis": before the question mark, not percent-decoded.
  std::string_view query;   // After the question mark, not decoded.
  std::string_view host;    // The Host field as sent; syntactically valid (host.h). Empty: HTTP/1.0 without one.
  std::string_view peer;    // Address of the other end of the connection: "127.0.0.1", "::1".
  const Fields* fields = nullptr;
  std::string body;  // Empty unless the service admitted one.

  std::string_view field(std::string_view name) const { return fields->find(name); }
  bool is_head() const { return method == "HEAD"; }
};

// `body` and `gzip_body` are views: their bytes must live as long as `owner`, or until the program ends when
// `owner` is null.
struct Response {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string_view body;
  std::string_view gzip_body;  // The same content compressed; empty when there is none.
  std::shared_ptr<const void> owner;
  std::string etag;  // With its quotes. Not empty: the answer is 304 when the client has this version already.
  std::vector<std::pair<std::string_view, std::string>> fields;  // Further header fields.
  bool closes = false;  // Close the connection after this answer.
};

// A response that owns `text`.
Response text_response(int status, std::string text);

// Hands the answer of one request back to its connection, from any thread, once. Later calls are ignored, and a reply
// that is destroyed unanswered sends 503. The client may have gone by then: the answer is dropped.
class Reply {
 public:
  using Send = std::function<void(Response)>;
  explicit Reply(Send send) : send_(std::make_unique<Send>(std::move(send))) {}
  Reply(Reply&&) noexcept = default;
  Reply& operator=(Reply&&) noexcept = default;
  ~Reply();
  void operator()(Response response);

 private:
  std::unique_ptr<Send> send_;
};

}  // namespace rcml::http
