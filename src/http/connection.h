// http/connection.h: one client: reads requests one after another and writes one answer to each.
//
// Everything here runs on the listener's thread. The only way in from another thread is a Reply. A connection knows its
// deadline; the listener closes it when that has passed.
#pragma once

#include <utility>  // Boost 1.74's awaitable.hpp uses std::exchange without it.

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>

#include "http/head_rules.h"
#include "http/message.h"
#include "http/response_head.h"
#include "http/server.h"

namespace rcml::http {

using TimePoint = std::chrono::steady_clock::time_point;

class Listener;
struct ParsedHead;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Listener& listener, boost::asio::ip::tcp::socket socket);

  // Serves until either side closes. The caller keeps this alive meanwhile.
  boost::asio::awaitable<void> serve();

  bool is_overdue(TimePoint now) const { return now >= deadline_; }
  // An answer that is late becomes 503; in every other phase the connection is closed.
  void end_overdue_phase();
  // Closes the socket. serve() returns soon afterwards.
  void close();
  // No whole request is here: nothing is lost by closing.
  bool is_idle() const { return phase_ == Phase::idle || phase_ == Phase::head; }
  // An answer that has an owner is being sent.
  bool is_sending() const { return sending_ != nullptr; }

  // Where the listener keeps this connection; its own business.
  std::list<std::shared_ptr<Connection>>::iterator place;
  bool is_listed = false;

 private:
  enum class Phase : uint8_t { idle, head, body, answer, write, linger };
  template <class T>
  using Awaitable = boost::asio::awaitable<T>;

  void become_idle();
  Awaitable<bool> serve_one();
  // The whole head, in the first bytes of in_; its length. 0: the client has gone. A Refusal instead of a head.
  Awaitable<size_t> read_head(std::optional<Refusal>& refusal);
  Awaitable<bool> serve_head(ParsedHead& head);
  Awaitable<bool> serve_body(ParsedHead& head, size_t length);
  Awaitable<bool> read_body(Request& request, size_t length);
  Awaitable<void> wait_for_answer(Request& request);
  Response take_over_answer();
  Awaitable<bool> write(Response& response, const Wanted& wanted);
  Awaitable<void> refuse(const Refusal& refusal, bool is_head);
  Awaitable<void> linger();
  Awaitable<size_t> read_more(size_t bytes_max);
  void enter(Phase phase, Millis max);
  void begin_sending(const Response& response);
  void end_sending();
  Reply make_reply();
  void take_answer(uint64_t request_no, Response response);

  Listener& listener_;
  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer answered_;  // Never expires: it is cancelled when the answer is there.
  std::string peer_;
  std::string in_;  // Bytes received and not consumed; at most kHeadBytesMax.
  Phase phase_ = Phase::idle;
  TimePoint deadline_;
  uint64_t request_no_ = 0;
  std::optional<Response> answer_;
  const void* sending_ = nullptr;  // The owner of what is being sent.
  bool lingers_ = false;
  bool is_closed_ = false;
};

}  // namespace rcml::http
