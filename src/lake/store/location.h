// lake/store/location.h: where a lake lives and how its bytes get there.
//
// DIR or file:///DIR is the local disk (files fsynced, directories too); s3://bucket/prefix is any S3. Credentials and
// endpoint come from the usual AWS_* environment and are never printed.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/result.h"

namespace arrow::fs {
class FileSystem;
}
namespace arrow::io {
class OutputStream;
class RandomAccessFile;
}  // namespace arrow::io

namespace rcml::lake {

struct StoredFile {
  std::string path;  // Relative to the location's root.
  int64_t bytes = 0;
  int64_t modified_at_ms = 0;
};

// The root of one table (or of one lake). Thread-safe.
class Location {
 public:
  // Checks the URL's form; creates a missing local folder; touches no network.
  static Result<std::shared_ptr<Location>> open(const std::string& url);

  const std::string& url() const { return url_; }          // file:///abs/path/ or s3://bucket/prefix/
  bool is_local() const { return is_local_; }
  Result<std::shared_ptr<Location>> child(const std::string& name) const;
  // Local: the absolute path. S3: bucket/prefix/path.
  std::string absolute(const std::string& path) const;

  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& path) const;  // Parents are made.
  Status make_durable(const std::string& path) const;      // After close: fsync file and folders (no-op on S3).
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> read(const std::string& path) const;
  Result<std::vector<StoredFile>> list(const std::string& under) const;  // Recursive.
  Status remove(const std::string& path) const;             // Absent is not an error.

 private:
  std::string url_;
  std::string root_;
  bool is_local_ = true;
  std::shared_ptr<arrow::fs::FileSystem> fs_;
};

// Options for the Delta bridge that make it see the same store (endpoint, region, credentials), as JSON text.
std::string delta_store_options_json(const Location& location);

}  // namespace rcml::lake
