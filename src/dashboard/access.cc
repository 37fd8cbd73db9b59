#include "dashboard/access.h"

#include <openssl/crypto.h>
#include <openssl/sha.h>
#include <sys/random.h>
#include <sys/stat.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <fstream>

#include "core/log.h"
#include "http/form.h"
#include "http/text.h"

namespace rcml::dashboard {
namespace {

constexpr size_t kTokenBytesMin = 12;
constexpr size_t kRandomBytes = 16;

std::array<uint8_t, 32> digest_of(std::string_view text) {
  std::array<uint8_t, 32> digest{};
  ::SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return digest;
}

std::string_view bearer_token(std::string_view authorization) {
  std::string_view rest = authorization;
  if (http::lower(http::take_until(rest, ' ')) != "bearer") return {};
  return http::trimmed(rest);
}

}  // namespace

Access::Access(const std::string& token) : needs_token_(!token.empty()), token_digest_(digest_of(token)) {}

Verdict Access::check(const Credentials& credentials, UtcMicros monotonic) {
  if (!needs_token_ || has_session(credentials.cookies, monotonic)) return {.is_granted = true};
  const std::string_view token = bearer_token(credentials.authorization);
  return token.empty() ? Verdict{} : check_token(token, credentials.address, monotonic);
}

Verdict Access::check_token(std::string_view token, const std::string& address, UtcMicros monotonic) {
  const Digest digest = digest_of(token);
  const bool is_right = ::CRYPTO_memcmp(digest.data(), token_digest_.data(), digest.size()) == 0;
  const std::lock_guard lock(mutex_);
  if (const int seconds = guesses_.seconds_to_wait(address, monotonic); seconds > 0) return {.wait_seconds = seconds};
  if (!is_right && guesses_.count_wrong(address, monotonic))
    log_warn("too many wrong tokens, so all tokens from this address are refused for a minute",
             {{"address", address}, {"cure", "if this is the proxy in front of the page, name it by --trust-proxy"}});
  return {.is_granted = is_right && needs_token_};
}

bool Access::has_session(std::string_view cookies, UtcMicros monotonic) {
  const auto ids = http::cookie_values(cookies, kSessionCookie);
  const std::lock_guard lock(mutex_);
  return std::any_of(ids.begin(), ids.end(), [&](std::string_view id) {
    const auto it = session_ends_us_.find(digest_of(id));
    return it != session_ends_us_.end() && monotonic.value < it->second;
  });
}

std::string Access::open_session(UtcMicros monotonic) {
  const std::string id = random_token();
  const std::lock_guard lock(mutex_);
  std::erase_if(session_ends_us_, [&](const auto& session) { return monotonic.value >= session.second; });
  if (session_ends_us_.size() >= kSessionsMax)
    session_ends_us_.erase(std::min_element(session_ends_us_.begin(), session_ends_us_.end(),
                                            [](const auto& a, const auto& b) { return a.second < b.second; }));
  session_ends_us_[digest_of(id)] = monotonic.value + kSessionSeconds * 1'000'000;
  return id;
}

void Access::close_session(std::string_view cookies) {
  const std::lock_guard lock(mutex_);
  for (const std::string_view id : http::cookie_values(cookies, kSessionCookie)) session_ends_us_.erase(digest_of(id));
}

Status check_token_form(const std::string& token) {
  const bool is_plain = std::all_of(token.begin(), token.end(), [](unsigned char byte) {
    return std::isalnum(byte) != 0 || byte == '-' || byte == '.' || byte == '_' || byte == '~';
  });
  if (is_plain && token.size() >= kTokenBytesMin) return {};
  return bad_config("the token is shorter than 12 characters or has others than letters, digits and - . _ ~",
                    "Make one with `openssl rand -hex 16`");
}

Result<std::string> read_token_file(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0 && errno == ENOENT)
    return bad_config("there is no token file " + path,
                      "Make it with: (umask 077; openssl rand -hex 16 > " + path + ")");
  std::ifstream file(path);
  std::string line;
  if (!file || !std::getline(file, line))
    return bad_config("the token file " + path + " cannot be read or is empty",
                      "Name a file that this user may read and whose first line is the token");
  if (line.ends_with('\r')) line.pop_back();
  std::string token(http::trimmed(line));
  if (const Status form = check_token_form(token); !form.ok())
    return bad_config("in the token file " + path + " " + form.error().message, form.error().cure);
  return token;
}

std::string random_token() {
  static constexpr char kHex[] = "0123456789abcdef";
  std::array<unsigned char, kRandomBytes> bytes{};
  RCML_CHECK(::getrandom(bytes.data(), bytes.size(), 0) == static_cast<ssize_t>(bytes.size()));
  std::string text;
  for (const unsigned char byte : bytes) {
    text += kHex[byte >> 4];
    text += kHex[byte & 15];
  }
  return text;
}

}  // namespace rcml::dashboard
