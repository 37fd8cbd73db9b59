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
  // Checks the URL's form and the settings it needs. Touches no disk and no network, so that a misspelt path does not
  // leave an empty folder behind.
  static Result<std::shared_ptr<Location>> open(const std::string& url);

  const std::string& url() const { return url_; }  // file:///abs/path/ or s3://bucket/prefix/, percent-encoded.
  bool is_local() const { return is_local_; }
  Result<std::shared_ptr<Location>> child(const std::string& name) const;
  // Local: the absolute path. S3: bucket/prefix/path.
  std::string absolute(const std::string& path) const;
  // Makes the root folder and those above it, durable (no-op on S3).
  Status create_root() const;

  // A new file; its folders are made. On the local disk an existing file is an error: data files are never rewritten.
  // Closing the local stream fsyncs the file. Under its name a file appears only when the stream is closed.
  Result<std::shared_ptr<arrow::io::OutputStream>> create(const std::string& path) const;
  // After close: the folders that name the file survive a power cut too (no-op on S3).
  Status make_durable(const std::string& path) const;
  Result<std::shared_ptr<arrow::io::RandomAccessFile>> read(const std::string& path) const;
  // Files under that folder, recursively; empty when there is no such folder.
  Result<std::vector<StoredFile>> list(const std::string& under) const;
  Status remove(const std::string& path) const;  // Absent is not an error.

 private:
  Location(std::string root, bool is_local, std::shared_ptr<arrow::fs::FileSystem> fs);

  std::string url_;
  std::string root_;  // Local: /abs/dir/. S3: bucket/prefix/. As the bytes are, nothing encoded.
  bool is_local_ = true;
  std::shared_ptr<arrow::fs::FileSystem> fs_;
};

// Options for the Delta bridge that make it see the same store (endpoint, region, credentials), as JSON text. It holds
// secrets: never print it.
std::string delta_store_options_json(const Location& location);

}  // namespace rcml::lake
