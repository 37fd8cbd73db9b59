#include "lake/store/disk_file.h"

#include <arrow/buffer.h>
#include <arrow/util/io_util.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace rcml::lake {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

class DiskFile : public arrow::io::OutputStream {
 public:
  DiskFile(int fd, std::string path) : fd_(fd), path_(std::move(path)) { buffer_.reserve(kBufferBytes); }
  ~DiskFile() override {
    if (fd_ >= 0) ::close(fd_);
  }

  using arrow::io::Writable::Write;
  arrow::Status Write(const void* data, int64_t size) override {
    const auto* bytes = static_cast<const char*>(data);
    const auto count = static_cast<size_t>(size);
    position_ += size;
    if (buffer_.size() + count > kBufferBytes) ARROW_RETURN_NOT_OK(Flush());
    if (count >= kBufferBytes) return write_out(bytes, count);
    buffer_.insert(buffer_.end(), bytes, bytes + count);
    return arrow::Status::OK();
  }

  arrow::Status Flush() override {
    ARROW_RETURN_NOT_OK(write_out(buffer_.data(), buffer_.size()));
    buffer_.clear();
    return arrow::Status::OK();
  }

  arrow::Status Close() override {
    if (fd_ < 0) return arrow::Status::OK();
    ARROW_RETURN_NOT_OK(Flush());
    if (::fsync(fd_) != 0) return failure("fsync");
    const int fd = fd_;
    fd_ = -1;
    if (::close(fd) != 0) return failure("close");
    return ::rename(part_name(path_).c_str(), path_.c_str()) == 0 ? arrow::Status::OK() : failure("rename to");
  }

  // Nobody will count this file, and it never had its name: it goes, without waiting for the disk.
  arrow::Status Abort() override {
    if (fd_ < 0) return arrow::Status::OK();
    ::close(fd_);
    fd_ = -1;
    ::unlink(part_name(path_).c_str());
    return arrow::Status::OK();
  }

  arrow::Result<int64_t> Tell() const override { return position_; }
  bool closed() const override { return fd_ < 0; }

 private:
  arrow::Status write_out(const char* bytes, size_t count) {
    while (count > 0) {
      const ssize_t written = ::write(fd_, bytes, count);
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) return failure("write");
      bytes += written;
      count -= static_cast<size_t>(written);
    }
    return arrow::Status::OK();
  }

  arrow::Status failure(const char* action) const {
    return arrow::internal::IOErrorFromErrno(errno, action, " ", path_);
  }

  int fd_;
  std::string path_;
  int64_t position_ = 0;
  std::vector<char> buffer_;
};

std::string parent_of(const std::string& path) {
  const size_t slash = path.find_last_of('/');
  return slash == 0 || slash == std::string::npos ? "/" : path.substr(0, slash);
}

bool is_folder(const std::string& path) {
  struct stat found{};
  return ::stat(path.c_str(), &found) == 0 && S_ISDIR(found.st_mode);
}

}  // namespace

std::string part_name(const std::string& path) { return path + std::string(kPartSuffix); }

Result<std::shared_ptr<arrow::io::OutputStream>> create_disk_file(const std::string& path) {
  if (::access(path.c_str(), F_OK) == 0) {
    errno = EEXIST;
    return os_error("create", path);
  }
  const int fd = ::open(part_name(path).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return os_error("create", path);
  return std::shared_ptr<arrow::io::OutputStream>(std::make_shared<DiskFile>(fd, path));
}

Status create_folders(const std::string& folder) {
  if (is_folder(folder)) return {};
  const std::string parent = parent_of(folder);
  if (parent != folder) RCML_OK(create_folders(parent));
  // Somebody else may make it in between: then it is there, which is all that is asked for.
  if (::mkdir(folder.c_str(), 0755) != 0 && !(errno == EEXIST && is_folder(folder)))
    return os_error("create folder", folder);
  return sync_folder(parent);
}

Status sync_folder(const std::string& folder) {
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return os_error("open folder", folder);
  const int outcome = ::fsync(fd);
  const int code = errno;
  ::close(fd);
  errno = code;
  if (outcome != 0) return os_error("fsync folder", folder);
  return {};
}

}  // namespace rcml::lake
