#include "warehouse/testing/cut_proxy.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <vector>

#include "core/result.h"

namespace rcml::warehouse::testing {
namespace {

constexpr int kAnswerWaitMs = 300;

struct Pair {
  int client;
  int server;
};

sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int fd, const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t sent = send(fd, bytes, count, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes += sent;
    count -= static_cast<size_t>(sent);
  }
  return true;
}

}  // namespace

CutProxy::CutProxy(int server_port) : server_port_(server_port) {
  listener_ = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  RCML_CHECK(bind(listener_, reinterpret_cast<sockaddr*>(&address), size) == 0);
  RCML_CHECK(listen(listener_, 16) == 0);
  RCML_CHECK(getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

CutProxy::~CutProxy() {
  is_over_ = true;
  thread_.join();
  close(listener_);
}

void CutProxy::arm(Cut cut, std::string trigger) {
  trigger_ = std::move(trigger);
  armed_ = cut;
}

void CutProxy::run() {
  std::vector<Pair> pairs;
  const auto end = [&](size_t i) {
    close(pairs[i].client);
    close(pairs[i].server);
    pairs.erase(pairs.begin() + static_cast<long>(i));
  };
  // One direction of one pair; false when the pair has ended.
  const auto forward = [&](size_t i, bool is_request) {
    char buffer[1 << 16];
    const ssize_t got = recv(is_request ? pairs[i].client : pairs[i].server, buffer, sizeof buffer, 0);
    if (got <= 0) return end(i), false;
    const std::string_view bytes(buffer, static_cast<size_t>(got));
    const bool is_hit = is_request && armed_ != Cut::none && bytes.find(trigger_) != std::string_view::npos;
    const Cut cut = is_hit ? armed_.exchange(Cut::none) : Cut::none;
    if (cut != Cut::before_request && !send_all(is_request ? pairs[i].server : pairs[i].client, buffer, bytes.size()))
      return end(i), false;
    if (cut == Cut::none) return true;
    // The server must have acted on it before the connection goes; in the middle of a COPY it says nothing.
    pollfd answer{pairs[i].server, POLLIN, 0};
    if (cut == Cut::after_request) poll(&answer, 1, kAnswerWaitMs);
    ++cuts_done_;
    return end(i), false;
  };
  while (!is_over_) {
    std::vector<pollfd> waits{{listener_, POLLIN, 0}};
    for (const Pair& pair : pairs) {
      waits.push_back({pair.client, POLLIN, 0});
      waits.push_back({pair.server, POLLIN, 0});
    }
    if (poll(waits.data(), waits.size(), 50) <= 0) continue;
    for (size_t i = pairs.size(); i-- > 0;) {
      const bool is_request = (waits[1 + 2 * i].revents & (POLLIN | POLLHUP)) != 0;
      const bool is_answer = (waits[2 + 2 * i].revents & (POLLIN | POLLHUP)) != 0;
      if (is_request && !forward(i, true)) continue;
      if (is_answer) forward(i, false);
    }
    if ((waits[0].revents & POLLIN) == 0) continue;
    const int client = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const sockaddr_in address = loopback(server_port_);
    if (connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
      pairs.push_back({client, server});
    } else {
      close(client);
      close(server);
    }
  }
  while (!pairs.empty()) end(0);
}

}  // namespace rcml::warehouse::testing
