#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>

#include "lake/store/s3_testing.h"

namespace rcml::lake::testing {
namespace {

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A listening socket on a free port.
int listen_on_free_port(int& port) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(listener, reinterpret_cast<sockaddr*>(&address), size);
  ::listen(listener, 64);
  ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

int connect_to(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = loopback(port);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

bool send_all(int fd, const char* bytes, ssize_t count) {
  while (count > 0) {
    const ssize_t sent = ::send(fd, bytes, static_cast<size_t>(count), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= sent;
  }
  return true;
}

std::string server_program() {
  if (const char* given = std::getenv("RCML_VERSITYGW")) return given;
  const char* cache = std::getenv("XDG_CACHE_HOME");
  const char* home = std::getenv("HOME");
  const std::string root = cache != nullptr ? cache : std::string(home == nullptr ? "" : home) + "/.cache";
  return root + "/rcml/deps/versitygw-1.8.0/versitygw";
}

}  // namespace

std::unique_ptr<S3Server> S3Server::start() {
  const std::string program = server_program();
  if (::access(program.c_str(), X_OK) != 0) return nullptr;
  auto server = std::make_unique<S3Server>();
  ::close(listen_on_free_port(server->port_));
  std::filesystem::create_directories(server->folder());
  const std::string address = "127.0.0.1:" + std::to_string(server->port_);
  const std::string log = server->dir_ / "server.log";
  ::setenv("AWS_ACCESS_KEY_ID", "rcmltest", 1);
  ::setenv("AWS_SECRET_ACCESS_KEY", "rcmltestsecret", 1);
  ::setenv("AWS_REGION", "us-east-1", 1);
  server->pid_ = ::fork();
  if (server->pid_ == 0) {
    const int out = ::open(log.c_str(), O_WRONLY | O_CREAT, 0644);
    ::dup2(out, 1);
    ::dup2(out, 2);
    ::setenv("ROOT_ACCESS_KEY", "rcmltest", 1);
    ::setenv("ROOT_SECRET_KEY", "rcmltestsecret", 1);
    const std::string folder = server->folder();
    ::execl(program.c_str(), program.c_str(), "--port", address.c_str(), "posix", folder.c_str(), nullptr);
    ::_exit(127);
  }
  for (int i = 0; i < 200; ++i) {
    if (const int fd = connect_to(server->port_); fd >= 0) {
      ::close(fd);
      use_port(server->port_);
      return server;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  ADD_FAILURE() << "the S3 server did not start: " << read_text(log);
  return nullptr;
}

S3Server::~S3Server() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, nullptr, 0);
}

void S3Server::use_port(int port) {
  ::setenv("AWS_ENDPOINT_URL", ("http://127.0.0.1:" + std::to_string(port)).c_str(), 1);
}

ReplyLosingProxy::ReplyLosingProxy(int server_port, std::string needle)
    : server_port_(server_port), needle_(std::move(needle)) {
  listener_ = listen_on_free_port(port_);
  acceptor_ = std::thread([this] { accept_all(); });
}

ReplyLosingProxy::~ReplyLosingProxy() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  while (open_pumps_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

void ReplyLosingProxy::accept_all() {
  while (true) {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) return;
    ++open_pumps_;
    std::thread([this, client] {
      pump(client);
      --open_pumps_;
    }).detach();
  }
}

void ReplyLosingProxy::pump(int client) {
  constexpr int kIdleMsMax = 2000;  // An idle kept-alive connection would hold up the end of the test.
  const int server = connect_to(server_port_);
  std::array<char, 65536> buffer;
  std::string head;
  bool is_losing = false;
  std::array<pollfd, 2> ends{{{client, POLLIN, 0}, {server, POLLIN, 0}}};
  while (::poll(ends.data(), ends.size(), kIdleMsMax) > 0) {
    const bool is_request = ends[0].revents != 0;
    const ssize_t count = ::recv(is_request ? client : server, buffer.data(), buffer.size(), 0);
    if (count <= 0) break;
    if (is_request) {
      head.append(buffer.data(), static_cast<size_t>(count));
      if (left_to_lose_ > 0 && head.find(needle_) != std::string::npos) is_losing = true;
      if (head.size() > 8192) head.erase(0, head.size() - 4096);
      if (!send_all(server, buffer.data(), count)) break;
    } else {
      if (is_losing &&
          std::string_view(buffer.data(), static_cast<size_t>(count)).find("100 Continue") == std::string_view::npos) {
        --left_to_lose_;
        ++lost_;
        break;
      }
      head.clear();
      if (!send_all(client, buffer.data(), count)) break;
    }
  }
  ::close(client);
  if (server >= 0) ::close(server);
}

}  // namespace rcml::lake::testing
