#include "http/testing/client.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>

#include "http/text.h"

namespace rcml::http::testing {
namespace {

void append_fields(std::string& head, const FieldMap& fields) {
  for (const auto& [name, value] : fields) head += name + ": " + value + "\r\n";
}

Answer parse_head(std::string_view head) {
  Answer answer;
  const std::string_view status_line = take_until(head, '\n');
  if (status_line.size() >= 12) answer.status = std::atoi(std::string(status_line.substr(9, 3)).c_str());
  while (!head.empty()) {
    std::string_view line = take_until(head, '\n');
    const std::string_view name = take_until(line, ':');
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!name.empty() && name != "\r") answer.fields[lower(name)] = std::string(trimmed(line));
  }
  return answer;
}

}  // namespace

bool Client::open() {
  if (socket_ >= 0) return true;
  in_.clear();
  socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{kReadSeconds, 0};
  const int yes = 1;
  ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  ::setsockopt(socket_, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port_);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return true;
  close();
  return false;
}

void Client::close() {
  if (socket_ >= 0) ::close(socket_);
  socket_ = -1;
}

bool Client::send(std::string_view bytes) {
  if (!open()) return false;
  while (!bytes.empty()) {
    const ssize_t count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return true;
}

bool Client::read_more() {
  char buffer[16 * 1024];
  const ssize_t count = ::recv(socket_, buffer, sizeof buffer, 0);
  if (count <= 0) return false;
  in_.append(buffer, static_cast<size_t>(count));
  return true;
}

std::optional<Answer> Client::read_answer(bool has_body) {
  size_t end = 0;
  while ((end = in_.find("\r\n\r\n")) == std::string::npos) {
    if (!read_more()) return std::nullopt;
  }
  Answer answer = parse_head(std::string_view(in_).substr(0, end + 2));
  in_.erase(0, end + 4);
  const size_t length = has_body ? std::strtoull(answer.field("content-length").c_str(), nullptr, 10) : 0;
  while (in_.size() < length) {
    if (!read_more()) return std::nullopt;
  }
  answer.body = in_.substr(0, length);
  in_.erase(0, length);
  if (answer.field("connection") == "close") close();
  return answer;
}

std::optional<Answer> Client::request(const std::string& method, const std::string& target, const FieldMap& fields,
                                      const std::string& body) {
  std::string bytes = method + ' ' + target + " HTTP/1.1\r\n";
  if (!fields.contains("Host")) bytes += "Host: localhost\r\n";
  if (!body.empty() && !fields.contains("Content-Length"))
    bytes += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  append_fields(bytes, fields);
  bytes += "\r\n" + body;
  for (int turn = 0; turn < 2; ++turn) {  // The server may have closed an idle connection just now.
    (void)send(bytes);
    if (auto answer = read_answer(method != "HEAD")) return answer;
    close();
  }
  return std::nullopt;
}

std::optional<std::string> Client::read_to_end(int ms) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(ms);
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - std::chrono::steady_clock::now());
    pollfd wanted{socket_, POLLIN, 0};
    if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0) return std::nullopt;
    if (!read_more()) break;
  }
  close();
  return std::move(in_);
}

}  // namespace rcml::http::testing
