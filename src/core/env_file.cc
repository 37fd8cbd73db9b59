// The .env file, as dotenv programs read it: KEY=VALUE, `export KEY=VALUE`, # comments, 'literal' and "escaped" values,
// which may span lines. Values are taken as they are: nothing is expanded, so a `$` in a password stays a `$`.
#include "core/settings.h"

namespace rcml {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_key(std::string_view key) {
  if (key.empty() || (key[0] >= '0' && key[0] <= '9')) return false;
  for (const char c : key) {
    const bool is_letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (!is_letter && !(c >= '0' && c <= '9') && c != '_' && c != '.') return false;
  }
  return true;
}

char unescaped(char c) {
  switch (c) {
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

// A ` #` begins a comment after an unquoted value; `a#b` is a value.
std::string_view without_comment(std::string_view value) {
  if (value.starts_with('#')) return {};
  for (size_t i = 1; i < value.size(); ++i) {
    if (value[i] == '#' && is_blank(value[i - 1])) return value.substr(0, i);
  }
  return value;
}

class EnvFileParser {
 public:
  explicit EnvFileParser(std::string_view text) : text_(text) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Result<std::map<std::string, std::string>> parse() {
    while (at_ < text_.size()) RCML_OK(read_line());
    return std::move(values_);
  }

 private:
  Status read_line() {
    std::string_view line = trimmed(rest_of_line());
    if (line.empty() || line.starts_with('#')) return skip_line();
    if (line.starts_with("export ") || line.starts_with("export\t")) line = trimmed(line.substr(7));
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) return fault("has no '='", "Write KEY=VALUE, or put a # before a comment");
    const std::string key(trimmed(line.substr(0, equals)));
    if (!is_key(key)) return fault("has no valid name before '='", "Use letters, digits and _");
    const std::string_view value = trimmed(line.substr(equals + 1));
    if (!value.empty() && (value[0] == '"' || value[0] == '\'')) {
      at_ = static_cast<size_t>(value.data() - text_.data());
      return read_quoted(key);
    }
    values_[key] = std::string(trimmed(without_comment(value)));
    return skip_line();
  }

  Status read_quoted(const std::string& key) {
    const char quote = text_[at_++];
    const int64_t first_line = line_;
    std::string value;
    for (; at_ < text_.size() && text_[at_] != quote; ++at_) {
      if (text_[at_] == '\n') ++line_;
      const bool is_escape = text_[at_] == '\\' && at_ + 1 < text_.size() && (quote == '"' || text_[at_ + 1] == quote);
      value += is_escape ? (quote == '"' ? unescaped(text_[++at_]) : text_[++at_]) : text_[at_];
    }
    if (at_ == text_.size()) {
      line_ = first_line;
      return fault("opens a quote that is never closed", std::string("Close it with ") + quote);
    }
    ++at_;
    const std::string_view tail = trimmed(rest_of_line());
    if (!tail.empty() && tail[0] != '#') return fault("has text after the closing quote", "Quote the whole value");
    values_[key] = std::move(value);
    return skip_line();
  }

  std::string_view rest_of_line() const { return text_.substr(at_, text_.find('\n', at_) - at_); }

  Status skip_line() {
    const size_t end = text_.find('\n', at_);
    at_ = end == std::string_view::npos ? text_.size() : end + 1;
    ++line_;
    return {};
  }

  // Never quotes the line itself: it may hold a secret.
  Error fault(const std::string& what, const std::string& cure) const {
    return bad_config("line " + std::to_string(line_) + " of the .env file " + what, cure);
  }

  std::string_view text_;
  size_t at_ = 0;
  int64_t line_ = 1;
  std::map<std::string, std::string> values_;
};

}  // namespace

Result<std::map<std::string, std::string>> parse_env_file(std::string_view text) { return EnvFileParser(text).parse(); }

}  // namespace rcml
