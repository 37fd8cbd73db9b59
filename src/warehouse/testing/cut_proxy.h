// warehouse/testing/cut_proxy.h: a TCP proxy that loses what the test tells it to lose.
#pragma once

#include <atomic>
#include <string>
#include <thread>

namespace rcml::warehouse::testing {

enum class Cut : uint8_t {
  none,
  before_request,  // The request that holds the trigger is not passed on; the connection ends.
  after_request,   // It is passed on and the server's answer is swallowed; the connection ends.
};

// Forwards 127.0.0.1:port() to 127.0.0.1:server_port, one thread for all connections. After one cut it forwards again.
class CutProxy {
 public:
  explicit CutProxy(int server_port);
  ~CutProxy();
  int port() const { return port_; }
  // The next request (client -> server) whose bytes hold `trigger`.
  void arm(Cut cut, std::string trigger);
  int cuts_done() const { return cuts_done_; }

 private:
  void run();
  int server_port_;
  int listener_ = -1;
  int port_ = 0;
  std::string trigger_;
  std::atomic<Cut> armed_{Cut::none};
  std::atomic<int> cuts_done_{0};
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

}  // namespace rcml::warehouse::testing
