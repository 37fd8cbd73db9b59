#include "lake/store/arrow_status.h"

#include <arrow/util/io_util.h>
#include <parquet/exception.h>

#include <cerrno>
#include <cstdlib>

namespace rcml::lake {
namespace {

// The SDK gives no code of its own, only these words.
bool is_denied(const std::string& text) {
  for (const char* word :
       {"ACCESS_DENIED", "AccessDenied", "INVALID_ACCESS_KEY_ID", "InvalidAccessKeyId", "SIGNATURE_DOES_NOT_MATCH",
        "SignatureDoesNotMatch", "EXPIRED_TOKEN", "ExpiredToken", "UNRECOGNIZED_CLIENT", "HTTP Status 403"}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

}  // namespace

std::string without_secrets(std::string text) {
  for (const char* name : {"AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_ACCESS_KEY_ID"}) {
    const char* secret = std::getenv(name);
    if (secret == nullptr || *secret == '\0') continue;
    const std::string needle = secret;
    for (size_t at = text.find(needle); at != std::string::npos; at = text.find(needle, at + 3)) {
      text.replace(at, needle.size(), "***");
    }
  }
  return text;
}

Error store_error(const arrow::Status& status, const std::string& action, const std::string& place) {
  if (const int code = arrow::internal::ErrnoFromStatus(status); code != 0) {
    errno = code;
    return os_error(action, place);
  }
  const std::string message = action + " " + place + ": " + without_secrets(status.message());
  if (is_denied(message)) return bad_config(message, "Check the AWS credentials and what they may do on that bucket");
  return unavailable(message);
}

Error read_error(const std::exception& thrown, const std::string& place, const std::string& cure) {
  const auto* of_arrow = dynamic_cast<const parquet::ParquetStatusException*>(&thrown);
  if (of_arrow != nullptr && of_arrow->status().IsIOError()) return store_error(of_arrow->status(), "read", place);
  return corrupt("read " + place + ": " + without_secrets(thrown.what()), cure);
}

}  // namespace rcml::lake
