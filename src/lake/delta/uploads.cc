#include "lake/delta/uploads.h"

#include "core/log.h"
#include "lake/delta/bridge.h"
#include "lake/delta/log_json.h"
#include "lake/store/arrow_status.h"

namespace rcml::lake {

Result<std::vector<std::string>> stale_uploads(const Location& table, int64_t before_ms, StaleUploads what) {
  if (table.is_local()) return std::vector<std::string>{};
  BridgeText out;
  BridgeText error;
  const int32_t status = rcml_delta_stale_uploads(table.url().c_str(), delta_store_options_json(table).c_str(),
                                                  before_ms, what == StaleUploads::abort, out.out(), error.out());
  if (status == RCML_DELTA_UNSUPPORTED) {
    log_warn("the store does not list unfinished uploads, give the bucket a lifecycle rule that ends them",
             {{"table", table.url()}, {"detail", error.text()}});
    return std::vector<std::string>{};
  }
  if (status == RCML_DELTA_DENIED) {
    return bad_config(
        "the store refused to tell of unfinished uploads, or to end one: " + without_secrets(error.text()),
        "Give these credentials s3:ListBucketMultipartUploads on the bucket and s3:AbortMultipartUpload on "
        "the lake (terraform/ has the least policy)");
  }
  if (status != RCML_DELTA_OK) return bridge_error(status, error.text(), table.url());
  return parse_paths(out.text());
}

}  // namespace rcml::lake
