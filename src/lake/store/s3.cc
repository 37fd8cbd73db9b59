#include "lake/store/s3.h"

#include <arrow/filesystem/s3fs.h>

#include <atomic>
#include <cstdlib>
#include <map>
#include <mutex>

#include "core/back_off.h"
#include "lake/json_text.h"
#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

constexpr int64_t kAttemptsMax = 12;  // A store that refuses everything is given up after some 50 s.
constexpr Millis kRetryWaitMin{50};
constexpr Millis kRetryWaitMax{20'000};
constexpr double kConnectSecondsMax = 5;
constexpr double kRequestSecondsMax = 30;

std::atomic<int64_t> retries{0};

// The SDK says which errors pass; how often and when to try again is said here. The SDK's own strategy has a purse that
// Arrow never refills: after a hundred retries in the life of a process it gives up at the first refusal.
class PatientRetries : public arrow::fs::S3RetryStrategy {
 public:
  bool ShouldRetry(const AWSErrorDetail& error, int64_t attempted_retries) override {
    const bool should_retry = error.should_retry && attempted_retries + 1 < kAttemptsMax;
    if (should_retry) ++retries;
    return should_retry;
  }
  int64_t CalculateDelayBeforeNextRetry(const AWSErrorDetail&, int64_t attempted_retries) override {
    return back_off(attempted_retries, kRetryWaitMin, kRetryWaitMax).value;
  }
};

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

bool starts_with(const std::string& text, const char* start) { return text.rfind(start, 0) == 0; }

bool is_loopback(const std::string& endpoint) {
  return starts_with(endpoint, "http://127.") || starts_with(endpoint, "http://localhost") ||
         starts_with(endpoint, "http://[::1]");
}

// Once per process.
Status initialize_once() {
  static std::once_flag once;
  static arrow::Status outcome;
  std::call_once(once, [] {
    arrow::fs::S3GlobalOptions options = arrow::fs::S3GlobalOptions::Defaults();
    options.log_level = arrow::fs::S3LogLevel::Off;  // It would chat on stderr; its statuses reach us anyway.
    // With its own checksum behind the body, the SDK sends a cut body when it repeats a refused upload (HTTP 400,
    // IncompleteBody instead of the retry). The person's own setting wins.
    setenv("AWS_REQUEST_CHECKSUM_CALCULATION", "when_required", 0);
    outcome = arrow::fs::InitializeS3(options);
  });
  if (!outcome.ok()) return store_error(outcome, "start", "the S3 client");
  return {};
}

// The SDK's threads must end before the process does. Asked for only after the first client was made: what is set up on
// the way there has its own ending, and what was set up later ends earlier.
void finalize_at_exit() {
  static std::once_flag once;
  std::call_once(once, [] { std::atexit([] { arrow::fs::EnsureS3Finalized().ok(); }); });
}

arrow::fs::S3Options s3_options(const std::string& endpoint) {
  arrow::fs::S3Options options = arrow::fs::S3Options::Defaults();
  if (const std::string region = environment("AWS_REGION"); !region.empty()) {
    options.region = region;
  } else if (const std::string fallback = environment("AWS_DEFAULT_REGION"); !fallback.empty()) {
    options.region = fallback;
  }
  options.endpoint_override.clear();
  if (!endpoint.empty()) {
    const size_t colon = endpoint.find("://");
    options.scheme = endpoint.substr(0, colon);
    options.endpoint_override = endpoint.substr(colon + 3);
  }
  options.force_virtual_addressing = environment("AWS_VIRTUAL_HOSTED_STYLE_REQUEST") == "true";
  options.connect_timeout = kConnectSecondsMax;
  options.request_timeout = kRequestSecondsMax;
  // The writer waits for its upload: with uploads in the background a slow store would pile up parts without a bound.
  options.background_writes = false;
  options.allow_delayed_open = true;  // A file below one part is one PUT: nothing to sweep after a crash.
  options.retry_strategy = std::make_shared<PatientRetries>();
  return options;
}

}  // namespace

Result<std::string> s3_endpoint() {
  std::string endpoint = environment("AWS_ENDPOINT_URL_S3");
  if (endpoint.empty()) endpoint = environment("AWS_ENDPOINT_URL");
  while (!endpoint.empty() && endpoint.back() == '/') endpoint.pop_back();
  if (endpoint.empty() || starts_with(endpoint, "https://")) return endpoint;
  if (!starts_with(endpoint, "http://")) {
    return bad_config("AWS_ENDPOINT_URL " + endpoint + " is no URL", "Write it as https://HOST:PORT");
  }
  if (is_loopback(endpoint) || environment("AWS_ALLOW_HTTP") == "true") return endpoint;
  return bad_config("AWS_ENDPOINT_URL " + endpoint + " would send data without TLS",
                    "Use https://, or set AWS_ALLOW_HTTP=true if you trust that network");
}

Result<std::shared_ptr<arrow::fs::FileSystem>> open_s3() {
  RCML_TRY(const std::string endpoint, s3_endpoint());
  RCML_OK(initialize_once());
  auto made = arrow::fs::S3FileSystem::Make(s3_options(endpoint));
  if (!made.ok()) return store_error(made.status(), "set up", "the S3 client");
  finalize_at_exit();
  return std::shared_ptr<arrow::fs::FileSystem>(*made);
}

int64_t s3_retries() { return retries; }

std::string s3_bridge_options_json() {
  std::map<std::string, std::string> options;
  const Result<std::string> endpoint = s3_endpoint();
  if (endpoint.ok() && !endpoint->empty()) {
    options["aws_endpoint"] = *endpoint;
    if (starts_with(*endpoint, "http://")) options["aws_allow_http"] = "true";
  }
  const bool is_virtual = environment("AWS_VIRTUAL_HOSTED_STYLE_REQUEST") == "true";
  options["aws_virtual_hosted_style_request"] = is_virtual || (endpoint.ok() && endpoint->empty()) ? "true" : "false";
  const arrow::fs::S3Options found = s3_options("");
  options["aws_region"] = found.region.empty() ? "us-east-1" : found.region;
  // The bridge's client knows the environment, web identities and instance roles, and renews those itself. Only what
  // comes from a profile file it cannot see; such keys are passed on.
  if (environment("AWS_ACCESS_KEY_ID").empty() && environment("AWS_WEB_IDENTITY_TOKEN_FILE").empty()) {
    const bool is_profile_chosen = !environment("AWS_PROFILE").empty();
    if (found.GetSessionToken().empty() || is_profile_chosen) {
      if (!found.GetAccessKey().empty()) {
        options["aws_access_key_id"] = found.GetAccessKey();
        options["aws_secret_access_key"] = found.GetSecretKey();
        if (!found.GetSessionToken().empty()) options["aws_session_token"] = found.GetSessionToken();
      }
    }
  }
  return json_object(options);
}

}  // namespace rcml::lake
