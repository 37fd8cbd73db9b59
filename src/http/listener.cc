#include "http/listener.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "core/clock.h"
#include "core/log.h"

namespace rcml::http {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kBacklog = 4096;
constexpr auto kSweepEvery = std::chrono::milliseconds(100);
constexpr auto kPauseAfterFailure = std::chrono::milliseconds(20);

asio::awaitable<void> pause(asio::io_context& context, std::chrono::milliseconds span) {
  asio::steady_timer timer(context, span);
  error_code ignored;
  co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

bool lacks_descriptors(const error_code& error) {
  return error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system ||
         error == asio::error::no_memory || error == asio::error::no_buffer_space;
}

std::string cure_of(const error_code& error) {
  if (error == asio::error::address_in_use)
    return "Another program is on that port. Name another port, or port 0 for any free one";
  if (error == asio::error::access_denied) return "Ports below 1024 are for privileged programs: name a higher one";
  return "Name an address of this machine (`ip address` lists them), or 0.0.0.0 for all of them";
}

}  // namespace

Listener::Listener(ServerOptions options, Service& service)
    : options_(std::move(options)),
      service_(service),
      context_(std::make_shared<asio::io_context>(1)),
      acceptor_(*context_) {}

Status Listener::open() {
  const ListenAddress& listen = options_.listen;
  error_code error;
  tcp::resolver resolver(*context_);
  const auto endpoints = resolver.resolve(listen.host, std::to_string(listen.port), tcp::resolver::passive, error);
  const std::string address = url_of(listen.host, listen.port);
  if (error)
    return unavailable("cannot listen on " + address + ": " + error.message(), "Name an address of this machine");
  for (const auto& entry : endpoints) {
    error = bind_to(entry.endpoint());
    if (!error) return {};
  }
  return unavailable("cannot listen on " + address + ": " + error.message(), cure_of(error));
}

error_code Listener::bind_to(const tcp::endpoint& endpoint) {
  error_code error;
  acceptor_ = tcp::acceptor(*context_);
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (!error) port_ = acceptor_.local_endpoint(error).port();
  return error;
}

void Listener::run() {
  asio::co_spawn(*context_, accept_all(), asio::detached);
  asio::co_spawn(*context_, sweep(), asio::detached);
  context_->run();
}

void Listener::begin_stop() {
  asio::post(*context_, [this] {
    if (is_stopping_) return;
    is_stopping_ = true;
    stop_at_ = std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.limits.stop_max.value);
    error_code ignored;
    acceptor_.close(ignored);
    close_idle();
  });
}

asio::awaitable<void> Listener::accept_all() {
  while (!is_stopping_) {
    error_code error;
    tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
    if (is_stopping_) co_return;
    const bool is_added = !error && add(std::move(socket));
    if (is_added) continue;
    if (lacks_descriptors(error)) shed_oldest();
    co_await pause(*context_, kPauseAfterFailure);
  }
}

// False: there was no memory for it. An exception here would end the loop that accepts.
bool Listener::add(tcp::socket socket) try {
  if (oldest_first_.size() >= options_.limits.connections_max) shed_oldest();
  error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  const auto connection = std::make_shared<Connection>(*this, std::move(socket));
  connection->place = oldest_first_.insert(oldest_first_.end(), connection);
  connection->is_listed = true;
  ++connection_count_;
  asio::co_spawn(*context_, serve(connection), asio::detached);
  return true;
} catch (const std::exception& error) {
  log_warn("a connection was not accepted", {{"reason", error.what()}});
  return false;
}

asio::awaitable<void> Listener::serve(ConnectionPtr connection) {
  try {
    co_await connection->serve();
  } catch (const std::exception& error) {  // Out of memory, in a library: it costs this connection only.
    log_warn("a connection was ended", {{"reason", error.what()}});
  }
  connection->close();
  unlist(*connection);
  --connection_count_;
}

void Listener::unlist(Connection& connection) {
  if (!connection.is_listed) return;
  connection.is_listed = false;
  oldest_first_.erase(connection.place);
}

void Listener::shed_oldest() {
  if (!oldest_first_.empty()) shed(oldest_first_.front());
}

void Listener::shed(ConnectionPtr connection) {
  connection->close();
  unlist(*connection);
}

void Listener::touch(Connection& connection) {
  if (connection.is_listed) oldest_first_.splice(oldest_first_.end(), oldest_first_, connection.place);
}

// Deadlines are looked at here and not by a timer for each connection: that costs nothing for each request.
asio::awaitable<void> Listener::sweep() {
  while (true) {
    co_await pause(*context_, kSweepEvery);
    const TimePoint now = std::chrono::steady_clock::now();
    for (const ConnectionPtr& connection : oldest_first_) {
      if (connection->is_overdue(now)) connection->end_overdue_phase();
    }
    if (!is_stopping_) continue;
    if (now >= stop_at_) close_all();
    if (connection_count_ == 0) co_return;
  }
}

void Listener::close_idle() {
  for (const ConnectionPtr& connection : oldest_first_) {
    if (connection->is_idle()) connection->close();
  }
}

void Listener::close_all() {
  for (const ConnectionPtr& connection : oldest_first_) connection->close();
}

std::string_view Listener::date() {
  const int64_t seconds = utc_now().value / kMicrosPerSecond;
  if (seconds != date_seconds_) date_ = http_date(seconds);
  date_seconds_ = seconds;
  return date_;
}

bool Listener::begin_receiving(size_t bytes) {
  if (receiving_bytes_ + bytes > options_.limits.receiving_bytes_max) return false;
  receiving_bytes_ += bytes;
  return true;
}

void Listener::begin_sending(Connection& sender, const void* owner, size_t bytes) {
  Sending& sending = sending_[owner];
  if (sending.count++ == 0) {
    sending.bytes = bytes;
    sending_bytes_ += bytes;
  }
  for (auto it = oldest_first_.begin();
       it != oldest_first_.end() && sending_bytes_ > options_.limits.sending_bytes_max;) {
    const ConnectionPtr candidate = *it++;
    if (candidate.get() != &sender && candidate->is_sending()) shed(candidate);
  }
}

void Listener::end_sending(const void* owner) {
  const auto it = sending_.find(owner);
  if (--it->second.count > 0) return;
  sending_bytes_ -= it->second.bytes;
  sending_.erase(it);
}

}  // namespace rcml::http
