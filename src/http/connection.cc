#include "http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>

#include <algorithm>
#include <array>

#include "http/listener.h"
#include "http/text.h"

namespace rcml::http {
namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

// In this file a co_await is a statement or a plain assignment, and coroutines take named objects by reference: g++ 12
// miscompiles a co_await in a loop's condition (SIGILL) and destroys some temporary arguments twice.

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr size_t kReadBytes = 4096;
constexpr size_t kLingerBytesMax = 256 * 1024;
constexpr Millis kLingerMax{1'000};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// Is there an LF without a CR before it in text[from..]?
bool has_bare_line_feed(std::string_view text, size_t from) {
  for (size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

// Beast reads a list with both words as keep-alive in HTTP/1.0; "close" wins (RFC 9112, 9.3).
bool asks_to_close(std::string_view connection) {
  while (!connection.empty()) {
    if (lower(trimmed(take_until(connection, ','))) == "close") return true;
  }
  return false;
}

std::string text_of(const asio::ip::address& address) {
  const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();
  return is_mapped ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string() : address.to_string();
}

}  // namespace

// A head that the parser took, and the request made of it.
struct ParsedHead : Fields {
  beast::http::request_parser<beast::http::empty_body> parser;
  Request request;

  std::optional<Refusal> parse(std::string_view head, std::string_view peer) {
    if (const auto refusal = check_head_bytes(head)) return refusal;
    parser.header_limit(kHeadBytesMax);
    parser.body_limit(std::numeric_limits<uint64_t>::max());  // head_rules.h decides.
    error_code error;
    parser.put(asio::buffer(head.data(), head.size()), error);
    if (error || !parser.is_header_done()) return Refusal{400, "The head is not that of an HTTP/1.1 request\n"};
    std::string_view target = view(parser.get().target());
    if (const auto refusal = check_target(target)) return refusal;
    request.method = view(parser.get().method_string());
    request.path = take_until(target, '?');
    request.query = target;
    request.host = find("Host");
    request.peer = peer;
    request.fields = this;
    if (const auto refusal = check_host_field(*this, is_http_1_0())) return refusal;
    return check_framing(*this, std::numeric_limits<size_t>::max());
  }

  bool is_http_1_0() const { return parser.get().version() == 10; }

  Wanted wanted(const Response& response) const {
    Wanted wanted = wanted_by(request, response);
    wanted.keeps_alive = parser.keep_alive() && !asks_to_close(joined("Connection"));
    wanted.is_http_1_0 = is_http_1_0();
    return wanted;
  }

  std::string_view find(std::string_view name) const override {
    return trimmed(view(parser.get()[beast::string_view(name.data(), name.size())]));
  }
  size_t count(std::string_view name) const override {
    return parser.get().count(beast::string_view(name.data(), name.size()));
  }
  std::string joined(std::string_view name) const override {
    std::string values;
    const auto [begin, end] = parser.get().equal_range(beast::string_view(name.data(), name.size()));
    for (auto it = begin; it != end; ++it) values.append(values.empty() ? "" : ", ").append(trimmed(view(it->value())));
    return values;
  }
};

namespace {

// Gives the room for a body back, whatever ends the request.
class Receiving {
 public:
  Receiving(Listener& listener, size_t bytes) : listener_(listener), bytes_(bytes) {}
  ~Receiving() { listener_.end_receiving(bytes_); }
  Receiving(const Receiving&) = delete;
  Receiving& operator=(const Receiving&) = delete;

 private:
  Listener& listener_;
  size_t bytes_;
};

}  // namespace

Connection::Connection(Listener& listener, asio::ip::tcp::socket socket)
    : listener_(listener), socket_(std::move(socket)), answered_(*listener.context(), TimePoint::max()) {
  error_code error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (!error) peer_ = text_of(endpoint.address());
  enter(Phase::idle, listener_.options().limits.idle_max);
}

void Connection::enter(Phase phase, Millis max) {
  phase_ = phase;
  deadline_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(max.value);
}

void Connection::close() {
  is_closed_ = true;
  error_code ignored;
  socket_.close(ignored);
  answered_.cancel();
  end_sending();
}

void Connection::begin_sending(const Response& response) {
  sending_ = response.owner.get();
  if (sending_ != nullptr) listener_.begin_sending(*this, sending_, response.body.size() + response.gzip_body.size());
}

void Connection::end_sending() {
  if (sending_ != nullptr) listener_.end_sending(std::exchange(sending_, nullptr));
}

void Connection::end_overdue_phase() {
  if (phase_ != Phase::answer) return close();
  take_answer(request_no_, text_response(503, "The answer took too long. Try again later\n"));
}

Connection::Awaitable<void> Connection::serve() {
  bool goes_on = true;
  while (goes_on) {
    goes_on = co_await serve_one();
    if (goes_on) become_idle();
  }
  if (lingers_ && !is_closed_) co_await linger();
}

void Connection::become_idle() {
  listener_.touch(*this);
  if (in_.empty()) in_.shrink_to_fit();
  enter(Phase::idle, listener_.options().limits.kept_max);
}

Connection::Awaitable<bool> Connection::serve_one() {
  std::optional<Refusal> refusal;
  const size_t length = co_await read_head(refusal);
  if (is_closed_ || (length == 0 && !refusal)) co_return false;
  ParsedHead head;
  if (!refusal) refusal = head.parse(std::string_view(in_).substr(0, length), peer_);
  bool goes_on = false;
  if (refusal) {
    co_await refuse(*refusal, in_.starts_with("HEAD "));
  } else {
    in_.erase(0, length);
    goes_on = co_await serve_head(head);
  }
  co_return goes_on;
}

Connection::Awaitable<size_t> Connection::read_head(std::optional<Refusal>& refusal) {
  size_t searched = 0;
  while (true) {
    if (!in_.empty() && phase_ == Phase::idle) enter(Phase::head, listener_.options().limits.head_max);
    if (const size_t end = in_.find(kHeadEnd, searched); end != std::string::npos) co_return end + kHeadEnd.size();
    if (has_bare_line_feed(in_, searched)) refusal = Refusal{400, "A line of the head does not end with CR LF\n"};
    if (in_.size() >= kHeadBytesMax) refusal = Refusal{431, "The head is larger than 16 KiB\n"};
    if (refusal) co_return 0;
    searched = in_.size() < kHeadEnd.size() ? 0 : in_.size() - kHeadEnd.size() + 1;
    const size_t count = co_await read_more(kHeadBytesMax - in_.size());
    if (count == 0) co_return 0;
  }
}

// Appends what has come, at most `bytes_max`. 0: the client has gone or the time is over.
Connection::Awaitable<size_t> Connection::read_more(size_t bytes_max) {
  const size_t before = in_.size();
  in_.resize(before + std::min(bytes_max, kReadBytes));
  error_code error;
  const size_t count = co_await socket_.async_read_some(asio::buffer(in_.data() + before, in_.size() - before),
                                                        asio::redirect_error(asio::use_awaitable, error));
  in_.resize(before + (error ? 0 : count));
  co_return error ? 0 : count;
}

Connection::Awaitable<bool> Connection::serve_head(ParsedHead& head) {
  Admission admission = listener_.service().admit(head.request);
  const size_t length = *content_length(head);
  std::optional<Refusal> refusal;
  if (!admission.refusal) refusal = check_framing(head, admission.body_bytes_max);
  bool goes_on = false;
  if (refusal) {
    co_await refuse(*refusal, head.request.is_head());
  } else if (admission.refusal) {
    if (length > 0) admission.refusal->closes = true;
    const Wanted wanted = head.wanted(*admission.refusal);
    goes_on = co_await write(*admission.refusal, wanted);
  } else if (listener_.begin_receiving(length)) {
    goes_on = co_await serve_body(head, length);  // Ends the receiving.
  } else {
    const Refusal busy{503, "The server is busy. Try again\n"};
    co_await refuse(busy, head.request.is_head());
  }
  co_return goes_on;
}

Connection::Awaitable<bool> Connection::serve_body(ParsedHead& head, size_t length) {
  const Receiving receiving(listener_, length);
  const bool is_whole = co_await read_body(head.request, length);
  if (!is_whole) co_return false;
  co_await wait_for_answer(head.request);
  Response response = take_over_answer();
  const Wanted wanted = head.wanted(response);
  const bool goes_on = co_await write(response, wanted);
  co_return goes_on;
}

Connection::Awaitable<bool> Connection::read_body(Request& request, size_t length) {
  if (length == 0) co_return true;
  enter(Phase::body, listener_.options().limits.body_max);
  request.body = in_.substr(0, length);
  in_.erase(0, request.body.size());
  const size_t before = request.body.size();
  if (before == length) co_return true;
  error_code error;
  if (lower(request.field("Expect")) == "100-continue")
    co_await asio::async_write(socket_, asio::buffer(kContinue.data(), kContinue.size()),
                               asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return false;
  request.body.resize(length);
  co_await asio::async_read(socket_, asio::buffer(request.body.data() + before, length - before),
                            asio::redirect_error(asio::use_awaitable, error));
  co_return !error;
}

Reply Connection::make_reply() {
  const uint64_t request_no = ++request_no_;
  return Reply([context = listener_.context(), connection = weak_from_this(), request_no](Response response) {
    asio::dispatch(*context, [connection, request_no, response = std::move(response)]() mutable {
      if (const auto alive = connection.lock()) alive->take_answer(request_no, std::move(response));
    });
  });
}

void Connection::take_answer(uint64_t request_no, Response response) {
  if (request_no != request_no_ || answer_) return;
  answer_ = std::move(response);
  answered_.cancel();
}

Connection::Awaitable<void> Connection::wait_for_answer(Request& request) {
  enter(Phase::answer, listener_.options().limits.answer_max);
  answer_.reset();
  if (is_closed_) co_return;
  listener_.service().answer(request, make_reply());
  error_code ignored;
  if (!answer_) co_await answered_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

// If there is no answer, the connection was closed while it waited, and the result is discarded.
Response Connection::take_over_answer() {
  ++request_no_;  // A reply that comes after the time is over belongs to nobody.
  Response response = answer_ ? *std::move(answer_) : Response();
  answer_.reset();
  return response;
}

Connection::Awaitable<bool> Connection::write(Response& response, const Wanted& wanted) {
  if (listener_.is_stopping()) response.closes = true;
  const WireResponse wire = wire_response(response, wanted, listener_.options().common_fields, listener_.date());
  const ServerLimits& limits = listener_.options().limits;
  const auto seconds = static_cast<int64_t>(wire.body.size() / limits.write_bytes_per_second_min);
  enter(Phase::write, Millis(limits.write_max.value + seconds * 1000));
  begin_sending(response);
  const std::array<asio::const_buffer, 2> buffers{asio::buffer(wire.head),
                                                  asio::buffer(wire.body.data(), wire.body.size())};
  error_code error;
  co_await asio::async_write(socket_, buffers, asio::redirect_error(asio::use_awaitable, error));
  end_sending();
  lingers_ = !error;
  co_return !error && !response.closes && wanted.keeps_alive;
}

Connection::Awaitable<void> Connection::refuse(const Refusal& refusal, bool is_head) {
  Response response = text_response(refusal.status, std::string(refusal.text));
  response.closes = true;
  const Wanted wanted{.is_head = is_head};
  (void)co_await write(response, wanted);
}

// Closing at once while the client still sends would throw the answer away with a reset: so what comes is read and
// dropped for a moment.
Connection::Awaitable<void> Connection::linger() {
  enter(Phase::linger, kLingerMax);
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  in_.clear();
  size_t dropped = 0;
  while (!error && dropped < kLingerBytesMax && !listener_.is_stopping()) {
    const size_t count = co_await read_more(kReadBytes);
    if (count == 0) co_return;
    dropped += count;
    in_.clear();
  }
}

}  // namespace rcml::http
