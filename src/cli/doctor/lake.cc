// What the doctor tries on the lake's store: the very operations a stream needs, on a probe folder of its own.
#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>

#include "cli/doctor/parts.h"
#include "core/clock.h"
#include "lake/delta/uploads.h"
#include "lake/schemas.h"
#include "lake/store/s3.h"

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kS3 = "s3://";
constexpr int64_t kMultipartBytes = 12 << 20;  // The client sends parts from 10 MiB on.
constexpr Millis kSkewMax{60'000};             // S3 refuses requests that are 15 minutes off.

bool is_s3(const std::string& url) { return url.starts_with(kS3); }

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// A name of its own: two doctors may look at one lake.
std::string probe_name() {
  char text[64];
  std::snprintf(text, sizeof text, "_rcml_doctor/%lld-%d", static_cast<long long>(utc_now().value), getpid());
  return text;
}

// A lake that is to be made yet: its folder is not made for a look at it.
std::string nearest_folder(const std::string& lake) {
  const std::string path = lake.starts_with("file://") ? lake.substr(sizeof "file://" - 1) : lake;
  std::error_code error;
  fs::path folder = fs::absolute(path, error).lexically_normal();
  while (!fs::exists(folder, error) && folder.has_relative_path()) folder = folder.parent_path();
  return folder.string();
}

class LakeCase {
 public:
  explicit LakeCase(const std::string& url) : lake_(url), base_(is_s3(url) ? url : nearest_folder(url)) {}
  // What a failed check left behind.
  ~LakeCase() {
    if (probe_ != nullptr && !is_clean_) [[maybe_unused]]
      const auto ignored = remove();
  }
  LakeCase(const LakeCase&) = delete;
  LakeCase& operator=(const LakeCase&) = delete;

  Result<Verdict> list();
  Result<Verdict> write();
  Result<Verdict> read();
  Result<Verdict> multipart();
  Result<Verdict> clock();
  Result<Verdict> commit();
  Result<Verdict> remove();
  Result<Verdict> uploads();

 private:
  Status put(const std::string& path, const std::string& bytes);

  std::string lake_;
  std::string base_;
  std::string name_ = probe_name();
  std::shared_ptr<lake::Location> probe_;
  Millis before_{0};
  Millis after_{0};
  bool is_clean_ = false;
  const std::string text_ = "rcml doctor was here; this file may be removed\n";
};

bool holds(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

bool is_refused(const std::string& text) { return holds(text, "ACCESS_DENIED") || holds(text, "AccessDenied"); }

Error arrow_error(const std::string& what, const arrow::Status& status) {
  const std::string text = what + ": " + status.message();
  if (is_refused(text)) return bad_config(text, "Check what these credentials may do on that bucket");
  if (holds(text, "NO_SUCH_BUCKET") || holds(text, "NoSuchBucket"))
    return bad_config(text, "Create the bucket (terraform/ does), or correct its name in --lake or S3_BUCKET");
  return unavailable(text);
}

// The stores' own errors have a cure only where they know one for a stream; `right` is what S3 calls the right to do this.
Result<Verdict> cured(Result<Verdict> result, const std::string& right) {
  if (result.ok()) return result;
  Error error = result.take_error();
  if (is_refused(error.message)) {
    error.cure = "Give these credentials " + right + " there (terraform/ has the least policy)";
    return error;
  }
  if (!error.cure.empty()) return error;
  error.cure = "Check that this user may write there: the owner, the mode, the mount, the bucket's policy";
  return error;
}

std::string cure_of_skew() { return "Set the clock by NTP (chrony, systemd-timesyncd): S3 refuses a wrong one"; }

Result<Verdict> LakeCase::list() {
  RCML_TRY(const auto root, lake::Location::open(base_));
  RCML_TRY(probe_, root->child(name_));
  RCML_OK(root->list(name_));
  if (is_s3(lake_)) return Verdict{"may list " + root->url(), {}};
  std::error_code error;
  if (fs::exists(lake_, error)) return Verdict{lake_, {}};
  return Verdict{lake_ + " does not exist yet, it will be made in " + base_, {}};
}

Status LakeCase::put(const std::string& path, const std::string& bytes) {
  RCML_TRY(const auto stream, probe_->create(path));
  arrow::Status status = stream->Write(bytes.data(), static_cast<int64_t>(bytes.size()));
  if (status.ok()) status = stream->Close();
  if (!status.ok()) return arrow_error("cannot write " + probe_->url() + path, status);
  return probe_->make_durable(path);
}

Result<Verdict> LakeCase::write() {
  before_ = Millis(utc_now().value / 1000);
  RCML_OK(put("probe", text_));
  after_ = Millis(utc_now().value / 1000);
  return Verdict{"may write", {}};
}

Result<Verdict> LakeCase::read() {
  RCML_TRY(const auto file, probe_->read("probe"));
  const auto found = file->Read(static_cast<int64_t>(text_.size()) + 1);
  if (!found.ok()) return arrow_error("cannot read " + probe_->url() + "probe", found.status());
  if ((*found)->ToString() != text_)
    return corrupt("the store gave back other bytes than were written", "Do not use this store");
  return Verdict{"may read", {}};
}

Result<Verdict> LakeCase::multipart() {
  RCML_OK(put("parts", std::string(kMultipartBytes, '\0')));
  return Verdict{"large files may be sent in parts", {}};
}

Result<Verdict> LakeCase::clock() {
  RCML_TRY(const std::vector<lake::StoredFile> files, probe_->list(""));
  for (const lake::StoredFile& file : files) {
    if (!file.path.ends_with("probe")) continue;
    const Millis skew = clock_skew(before_, after_, Millis(file.modified_at_ms));
    const std::string text = "the store's clock is " + std::to_string(skew.value / 1000) + " s from ours";
    return Verdict{text, std::abs(skew.value) > kSkewMax.value ? cure_of_skew() : std::string()};
  }
  return unavailable("what was just written is not in the store's list",
                     "This store lists late: a stream is safe (it never lists), vacuum may miss files");
}

// Exactly once hangs on it: of two commits that make the same version, the second must be told.
Result<Verdict> LakeCase::commit() {
  const std::string url = (base_.ends_with('/') ? base_ : base_ + "/") + name_ + "/lake";
  RCML_TRY(lake::LakeTables first, lake::open_or_create_lake(url));
  RCML_TRY(lake::LakeTables second, lake::open_lake(url));
  lake::CommitRequest request;
  request.marks = {{"rcml-doctor/probe/0", 1}};
  RCML_TRY(const lake::Committed winner, first.clicks->commit(request));
  if (winner.outcome != lake::CommitOutcome::committed)
    return unavailable("a commit was not done: " + winner.detail, "Run the doctor again");
  request.marks = {{"rcml-doctor/probe/1", 1}};
  RCML_TRY(const lake::Committed loser, second.clicks->commit(request));
  if (loser.outcome == lake::CommitOutcome::conflict) return Verdict{"commits exclude each other", {}};
  return needs_person("the store lets two writers make the same version: commits would be lost",
                      "Use a store that knows conditional writes (If-None-Match: *), as S3 does");
}

Result<Verdict> LakeCase::remove() {
  is_clean_ = true;  // Tried; a second try would fail alike.
  if (probe_->is_local()) {
    // The folders too, which a store of objects has none of.
    std::error_code error;
    fs::remove_all(probe_->absolute(""), error);
    if (error) return unavailable("cannot remove " + probe_->url() + ": " + error.message(), "Remove it by hand");
    fs::remove(fs::path(base_) / "_rcml_doctor", error);  // Only when no other doctor is at work in it.
    return Verdict{"may delete", {}};
  }
  RCML_TRY(const std::vector<lake::StoredFile> files, probe_->list(""));
  for (const lake::StoredFile& file : files) RCML_OK(probe_->remove(file.path));
  RCML_TRY(const std::vector<lake::StoredFile> left, probe_->list(""));
  if (left.empty()) return Verdict{"may delete", {}};
  return unavailable(std::to_string(left.size()) + " files are left in " + probe_->url(), "Remove them by hand");
}

// What vacuum does for a killed writer: find the upload it began, and end it. Nothing is left, whatever is refused.
Result<Verdict> LakeCase::uploads() {
  RCML_TRY(const auto stream, probe_->create("unfinished"));
  arrow::Status status = stream->Write(std::string(kMultipartBytes, '\0'));
  if (status.ok()) status = stream->Flush();
  if (!status.ok()) {
    stream->Abort().ok();  // As far as the store lets it.
    return cured(arrow_error("cannot send parts to " + probe_->url(), status), "s3:PutObject");
  }
  const int64_t before_ms = utc_now().value / 1000 + kSkewMax.value;
  Result<std::vector<std::string>> found = lake::stale_uploads(*probe_, before_ms, lake::StaleUploads::list);
  status = stream->Abort();
  if (!status.ok()) {
    // Finished instead of ended: an object can be removed.
    if (stream->Close().ok()) [[maybe_unused]]
      const auto ignored = probe_->remove("unfinished");
    return cured(arrow_error("cannot end an unfinished upload in " + probe_->url(), status), "s3:AbortMultipartUpload");
  }
  RCML_TRY(const std::vector<std::string> paths, std::move(found));
  if (!paths.empty()) return Verdict{"unfinished uploads can be found and ended", {}};
  return Verdict{"the store tells of no unfinished uploads, so vacuum cannot end them",
                 "Give the bucket a lifecycle rule that ends them (AbortIncompleteMultipartUpload)"};
}

// Through a proxy the endpoint is the proxy's to reach.
bool has_proxy() {
  for (const char* name : {"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"}) {
    if (!environment(name).empty()) return true;
  }
  return false;
}

Result<Verdict> reach_store() {
  RCML_TRY(const std::string endpoint, lake::s3_endpoint());
  if (endpoint.empty()) {
    std::string region = environment("AWS_REGION");
    if (region.empty()) region = environment("AWS_DEFAULT_REGION");
    if (region.empty())
      return bad_config("no region is set for S3", "Set AWS_REGION to the bucket's region, e.g. eu-west-1");
    return reach("s3." + region + ".amazonaws.com", "443");
  }
  const size_t begin = endpoint.find("://") + 3;
  const std::string place = endpoint.substr(begin, endpoint.find('/', begin) - begin);
  const bool has_port = place.rfind(':') != std::string::npos && place.back() != ']';
  if (has_port) return reach(place);
  return reach(place, endpoint.starts_with("https://") ? "443" : "80");
}

}  // namespace

CheckGroup lake_checks(const Settings& settings) {
  if (!settings.has("lake")) return {};
  const std::string url = settings.text("lake");
  auto at = std::make_shared<LakeCase>(url);
  CheckGroup group;
  if (is_s3(url) && !has_proxy()) group.push_back({"lake reach", reach_store});
  group.push_back({is_s3(url) ? "lake list" : "lake folder", [at] { return cured(at->list(), "s3:ListBucket"); }});
  if (!is_s3(url)) group.push_back({"lake room", [url] { return disk_space(url); }});
  group.push_back({"lake write", [at] { return cured(at->write(), "s3:PutObject"); }});
  group.push_back({"lake read", [at] { return cured(at->read(), "s3:GetObject"); }});
  if (is_s3(url)) group.push_back({"lake multipart", [at] { return cured(at->multipart(), "s3:PutObject"); }});
  if (is_s3(url)) group.push_back({"lake clock", [at] { return cured(at->clock(), "s3:ListBucket"); }});
  group.push_back({"lake commit", [at] { return cured(at->commit(), "s3:GetObject and s3:PutObject"); }});
  group.push_back({"lake delete", [at] { return cured(at->remove(), "s3:DeleteObject"); }});
  if (is_s3(url)) group.push_back({"lake uploads", [at] { return at->uploads(); }});
  return group;
}

}  // namespace rcml::cli
