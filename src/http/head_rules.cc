#include "http/head_rules.h"

#include <charconv>

#include "http/host.h"

namespace rcml::http {
namespace {

constexpr size_t kLengthDigitsMax = 15;
constexpr std::string_view kLineEnd = "\r\n";

bool is_control(char byte) {
  const auto value = static_cast<unsigned char>(byte);
  return (value < 0x20 && byte != '\t') || value == 0x7F;
}

std::optional<Refusal> check_line(std::string_view line) {
  for (const char byte : line) {
    if (is_control(byte)) return Refusal{400, "The head has a control character or a bare line break\n"};
  }
  return std::nullopt;
}

std::optional<Refusal> check_field_line(std::string_view line) {
  if (line[0] == ' ' || line[0] == '\t') return Refusal{400, "A header field is folded over two lines\n"};
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || colon == 0 ||
      line.substr(0, colon).find_first_of(" \t") != std::string_view::npos)
    return Refusal{400, "A header field has no name, or a space in it\n"};
  return check_line(line);
}

}  // namespace

std::optional<Refusal> check_head_bytes(std::string_view head) {
  for (size_t line_no = 0; !head.empty(); ++line_no) {
    const size_t end = head.find(kLineEnd);
    if (end == std::string_view::npos) return Refusal{400, "A line of the head does not end with CR LF\n"};
    const std::string_view line = head.substr(0, end);
    head.remove_prefix(end + kLineEnd.size());
    if (line.empty() && line_no == 0) return Refusal{400, "The request line is empty\n"};
    if (line.empty()) return std::nullopt;
    if (line_no > kFieldsMax) return Refusal{431, "The head has more than 100 fields\n"};
    if (const auto refusal = line_no == 0 ? check_line(line) : check_field_line(line)) return refusal;
  }
  return std::nullopt;
}

std::optional<Refusal> check_target(std::string_view target) {
  if (!target.starts_with('/')) return Refusal{400, "The request must name a path that begins with a slash\n"};
  for (const char byte : target) {
    if (byte <= ' ' || byte > '~') return Refusal{400, "The request's path has a byte that must be percent-encoded\n"};
  }
  return std::nullopt;
}

std::optional<size_t> content_length(const Fields& fields) {
  const std::string_view text = fields.find("Content-Length");
  if (fields.count("Content-Length") == 0) return 0;
  size_t length = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), length);
  const bool is_whole = parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
  return is_whole && text.size() <= kLengthDigitsMax ? std::optional(length) : std::nullopt;
}

std::optional<Refusal> check_host_field(const Fields& fields, bool is_http_1_0) {
  const size_t count = fields.count("Host");
  if (count == 0 && is_http_1_0) return std::nullopt;
  if (count != 1) return Refusal{400, "A request needs exactly one Host header\n"};
  if (!parse_host(fields.find("Host"))) return Refusal{400, "The Host header is not a host name or address\n"};
  return std::nullopt;
}

std::optional<Refusal> check_framing(const Fields& fields, size_t body_bytes_max) {
  if (fields.count("Transfer-Encoding") != 0) return Refusal{411, "A body must come with its length, not in chunks\n"};
  if (fields.count("Content-Length") > 1) return Refusal{400, "The length of the body is given more than once\n"};
  const auto length = content_length(fields);
  if (!length) return Refusal{400, "The length of the body is not a number\n"};
  if (*length == 0 || *length <= body_bytes_max) return std::nullopt;
  if (body_bytes_max == 0) return Refusal{400, "Requests to this path must not have a body\n"};
  return Refusal{413, "The body is too large\n"};
}

}  // namespace rcml::http
