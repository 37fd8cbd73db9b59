#include "core/secrets.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <mutex>
#include <vector>

#include "core/env_defaults.h"
#include "core/settings.h"

namespace rcml {
namespace {

constexpr std::string_view kMask = "***";
constexpr size_t kSecretBytesMin = 4;

// Written while settings are parsed, read whenever a line is logged.
std::mutex secrets_mutex;
std::vector<std::string>& secrets() {
  static std::vector<std::string> values;
  return values;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

bool ends_word(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '"' || c == '\'' || c == '<' || c == '>';
}

size_t word_end(std::string_view text, size_t from) {
  while (from < text.size() && !ends_word(text[from])) ++from;
  return from;
}

// scheme://user:password@ -> scheme://user:***@. Takes the last '@' of the word, so that an unescaped '@' in a
// password hides too much rather than too little.
std::string mask_urls(std::string_view text) {
  std::string out;
  size_t at = 0;
  for (size_t scheme = text.find("://"); scheme != std::string_view::npos; scheme = text.find("://", at)) {
    const size_t user = scheme + 3;
    const size_t end = word_end(text, user);
    const size_t host = text.substr(0, end).rfind('@');
    const size_t colon = text.find_first_of(":/", user);
    const bool has_password = host != std::string_view::npos && host > user && colon < host && text[colon] == ':';
    out.append(text.substr(at, (has_password ? colon + 1 : user) - at));
    if (has_password) out.append(kMask);
    at = has_password ? host : user;
  }
  return out.append(text.substr(at));
}

// password=..., sasl.password=..., X-Amz-Signature=...: whatever follows, up to the end of the field.
std::string mask_fields(const std::string& text) {
  constexpr std::array<std::string_view, 6> kNames{"password=", "passwd=", "pwd=", "secret=", "token=", "signature="};
  const std::string lowered = lower(text);
  std::string out;
  size_t at = 0;
  while (at < text.size()) {
    size_t value = std::string::npos;
    for (const std::string_view name : kNames) {
      const size_t found = lowered.find(name, at);
      if (found != std::string::npos) value = std::min(value, found + name.size());
    }
    if (value == std::string::npos) break;
    size_t end = value;
    while (end < text.size() && !ends_word(text[end]) && text[end] != '&' && text[end] != ';' && text[end] != ',')
      ++end;
    out.append(text, at, value - at);
    if (end > value) out.append(kMask);
    at = end;
  }
  return out.append(text, at);
}

void replace_all(std::string& text, const std::string& what) {
  for (size_t at = text.find(what); at != std::string::npos; at = text.find(what, at + kMask.size())) {
    text.replace(at, what.size(), kMask);
  }
}

}  // namespace

bool is_secret_name(std::string_view name) {
  constexpr std::array<std::string_view, 7> kEnds{"_pwd",   "password",          "_passwd",   "secret",
                                                  "_token", "secret_access_key", "secret_key"};
  const std::string lowered = lower(name);
  return std::any_of(kEnds.begin(), kEnds.end(), [&](std::string_view end) { return lowered.ends_with(end); });
}

void remember_secret(std::string_view value) {
  if (value.size() < kSecretBytesMin) return;
  const std::lock_guard lock(secrets_mutex);
  // In a URL the same secret appears percent-encoded.
  for (std::string form : {std::string(value), percent_encoded(value)}) {
    auto& known = secrets();
    if (std::find(known.begin(), known.end(), form) == known.end()) known.push_back(std::move(form));
  }
  // Longest first: a secret that contains another must go as a whole.
  std::sort(secrets().begin(), secrets().end(), [](const auto& a, const auto& b) { return a.size() > b.size(); });
}

void remember_secrets(const std::map<std::string, std::string>& environment) {
  for (const auto& [name, value] : environment) {
    if (is_secret_name(name)) remember_secret(value);
  }
}

std::string masked(std::string_view text) {
  std::string out(text);
  {
    const std::lock_guard lock(secrets_mutex);
    for (const std::string& secret : secrets()) replace_all(out, secret);
  }
  return mask_fields(mask_urls(out));
}

}  // namespace rcml
