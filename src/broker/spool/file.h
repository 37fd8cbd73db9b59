// broker/spool/file.h: the few things done to files here, each with an error that names the path.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"

namespace rcml::broker::spool {

// Owns a file descriptor.
class File {
 public:
  File() = default;
  explicit File(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&& other) noexcept;

  static Result<File> open(const std::string& path, int flags);

  bool is_open() const { return fd_ >= 0; }
  int fd() const { return fd_; }
  const std::string& path() const { return path_; }
  Result<int64_t> size() const;
  // Up to `bytes` bytes; fewer only at the end of the file.
  Result<int64_t> read_at(int64_t at, char* out, int64_t bytes) const;
  // How many of the bytes are in the file afterwards; fewer than all only with an error in `status`.
  int64_t append(std::string_view bytes, Status& status) const;
  Status sync() const;

 private:
  int fd_ = -1;
  std::string path_;
};

Result<std::string> read_small_file(const std::string& path);
// The file is complete and durable, or not there: temporary name, sync, rename, sync of the folder.
Status write_small_file(const std::string& dir, const std::string& name, std::string_view text);
Status rename_file(const std::string& dir, const std::string& from, const std::string& to);
Status sync_dir(const std::string& dir);
Status make_dir(const std::string& dir);

}  // namespace rcml::broker::spool
