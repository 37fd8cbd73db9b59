// lake/store/s3.h: the S3 client of this process, set up from the usual AWS_* environment.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "core/result.h"

namespace arrow::fs {
class FileSystem;
}

namespace rcml::lake {

// Endpoint as the environment names it (AWS_ENDPOINT_URL_S3, then AWS_ENDPOINT_URL); empty: AWS itself.
// bad_config when it is no http(s) URL, or plain http to another machine without AWS_ALLOW_HTTP=true.
Result<std::string> s3_endpoint();

// Touches no network. Requests are retried with back-off and jitter, SlowDown included.
Result<std::shared_ptr<arrow::fs::FileSystem>> open_s3();

// How often a request for a data file was sent again, since the start of the process. The log's requests are the Delta
// bridge's, which repeats them too and does not say how often.
int64_t s3_retries();

// Options for the Delta bridge's own S3 client, as JSON text. It holds secrets: never print it.
std::string s3_bridge_options_json();

}  // namespace rcml::lake
