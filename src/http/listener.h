// http/listener.h: accepts connections and holds them to their bounds. Runs on one thread.
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <list>
#include <map>
#include <memory>
#include <string>

#include "http/connection.h"
#include "http/server.h"

namespace rcml::http {

class Listener {
 public:
  Listener(ServerOptions options, Service& service);

  // Binds and listens. Call once, before run().
  Status open();
  // Serves until begin_stop() has taken effect. Call from one thread.
  void run();
  // From any thread.
  void begin_stop();

  uint16_t port() const { return port_; }
  size_t connection_count() const { return connection_count_; }

  // For connections only, on the listener's thread.
  Service& service() { return service_; }
  const ServerOptions& options() const { return options_; }
  const std::shared_ptr<boost::asio::io_context>& context() const { return context_; }
  bool is_stopping() const { return is_stopping_; }
  std::string_view date();
  // The connection has answered: it is the last that is closed when there are too many.
  void touch(Connection& connection);
  // Room for a body of `bytes` that a client announced; false: too much is being received already.
  bool begin_receiving(size_t bytes);
  void end_receiving(size_t bytes) { receiving_bytes_ -= bytes; }
  // Counts the bytes of `owner` once, however many connections send them. Beyond the bound the senders that have gone
  // longest without an answer are closed, `sender` excepted.
  void begin_sending(Connection& sender, const void* owner, size_t bytes);
  void end_sending(const void* owner);

 private:
  struct Sending {
    size_t count = 0;
    size_t bytes = 0;
  };
  using ConnectionPtr = std::shared_ptr<Connection>;

  boost::system::error_code bind_to(const boost::asio::ip::tcp::endpoint& endpoint);
  boost::asio::awaitable<void> accept_all();
  boost::asio::awaitable<void> sweep();
  boost::asio::awaitable<void> serve(ConnectionPtr connection);
  bool add(boost::asio::ip::tcp::socket socket);
  // Closes the connection that has gone longest without an answer.
  void shed_oldest();
  void shed(ConnectionPtr connection);
  void unlist(Connection& connection);
  void close_idle();
  void close_all();

  const ServerOptions options_;
  Service& service_;
  std::shared_ptr<boost::asio::io_context> context_;
  boost::asio::ip::tcp::acceptor acceptor_;
  uint16_t port_ = 0;
  std::list<ConnectionPtr> oldest_first_;
  std::atomic<size_t> connection_count_ = 0;  // Serving coroutines, shed ones included until they have ended.
  std::map<const void*, Sending> sending_;
  size_t sending_bytes_ = 0;
  size_t receiving_bytes_ = 0;
  bool is_stopping_ = false;
  TimePoint stop_at_;
  std::string date_;
  int64_t date_seconds_ = 0;
};

}  // namespace rcml::http
