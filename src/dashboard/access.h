// dashboard/access.h: who may see the page: the token, the sessions it opens, and how guessing is slowed.
//
// A viewer shows the token once and gets a session: a random number in a cookie, known to this process only. So the
// token itself is never stored in a browser, and a session can be ended here. Sessions do not survive a restart.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "core/ids.h"
#include "core/result.h"
#include "dashboard/guess_limiter.h"

namespace rcml::dashboard {

inline constexpr std::string_view kSessionCookie = "rcml_session";
inline constexpr int64_t kSessionSeconds = 7 * 86'400;

// What a viewer showed, and from where.
struct Credentials {
  std::string_view authorization;  // The Authorization field.
  std::string_view cookies;        // The Cookie field.
  std::string address;             // The client's.
};

struct Verdict {
  bool is_granted = false;
  int wait_seconds = 0;  // Above 0: too many wrong tokens came from this address; none is looked at until then.
};

class Access {
 public:
  static constexpr size_t kSessionsMax = 1024;
  // An empty token: everybody may see the page.
  explicit Access(const std::string& token);

  bool needs_token() const { return needs_token_; }
  // By session cookie, or by "Authorization: Bearer TOKEN" (the scheme in any letter case, RFC 9110, 11.1).
  Verdict check(const Credentials& credentials, UtcMicros monotonic);
  Verdict check_token(std::string_view token, const std::string& address, UtcMicros monotonic);
  // Opens a session and returns its id. Beyond kSessionsMax the oldest ends.
  std::string open_session(UtcMicros monotonic);
  void close_session(std::string_view cookies);

 private:
  using Digest = std::array<uint8_t, 32>;  // SHA-256: comparing digests takes the same time whatever differs.
  bool has_session(std::string_view cookies, UtcMicros monotonic);

  const bool needs_token_;
  const Digest token_digest_;
  std::mutex mutex_;
  std::map<Digest, int64_t> session_ends_us_;  // By the digest of the id.
  GuessLimiter guesses_;
};

// Letters, digits and - . _ ~, at least 12 of them: it must survive a header, a cookie and an address.
Status check_token_form(const std::string& token);
// The first line of `path` without spaces around it. bad_config when it cannot be read or is no token.
Result<std::string> read_token_file(const std::string& path);
// 128 random bits as hexadecimal digits.
std::string random_token();

}  // namespace rcml::dashboard
