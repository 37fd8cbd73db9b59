// lake/store/s3_testing.h: a real S3 server for tests (versitygw), and a proxy in front of it that loses replies.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "lake/testing.h"

namespace rcml::lake::testing {

// versitygw over a folder of its own, on a free port of this machine. Sets AWS_* of this process to point there.
class S3Server {
 public:
  // Null when the server's program is not installed.
  static std::unique_ptr<S3Server> start();
  ~S3Server();
  int port() const { return port_; }
  std::string folder() const { return dir_ / "data"; }  // Objects are plain files under BUCKET/KEY.
  // Clients of this process talk to this port from now on.
  static void use_port(int port);

 private:
  TempDir dir_;
  int port_ = 0;
  int pid_ = -1;
};

// Passes bytes between clients and a server. While armed, a request whose head holds `needle` reaches the server and is
// carried out there, but the connection is cut instead of passing the reply on.
class ReplyLosingProxy {
 public:
  ReplyLosingProxy(int server_port, std::string needle);
  ~ReplyLosingProxy();
  int port() const { return port_; }
  void arm(int replies_to_lose) { left_to_lose_ = replies_to_lose; }
  int replies_lost() const { return lost_; }

 private:
  void accept_all();
  void pump(int client);

  int server_port_;
  std::string needle_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> left_to_lose_{0};
  std::atomic<int> lost_{0};
  std::atomic<int> open_pumps_{0};
  std::thread acceptor_;
};

}  // namespace rcml::lake::testing
