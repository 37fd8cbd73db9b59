#include "broker/spool/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace rcml::broker::spool {

File::~File() {
  if (fd_ >= 0) close(fd_);
}

File::File(File&& other) noexcept : fd_(std::exchange(other.fd_, -1)), path_(std::move(other.path_)) {}

File& File::operator=(File&& other) noexcept {
  std::swap(fd_, other.fd_);
  std::swap(path_, other.path_);
  return *this;
}

Result<File> File::open(const std::string& path, int flags) {
  const int fd = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (fd < 0) return os_error("open", path);
  return File(fd, path);
}

Result<int64_t> File::size() const {
  struct stat status{};
  if (fstat(fd_, &status) != 0) return os_error("look at", path_);
  return static_cast<int64_t>(status.st_size);
}

Result<int64_t> File::read_at(int64_t at, char* out, int64_t bytes) const {
  int64_t done = 0;
  while (done < bytes) {
    const ssize_t got = pread(fd_, out + done, static_cast<size_t>(bytes - done), at + done);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return os_error("read", path_);
    if (got == 0) break;
    done += got;
  }
  return done;
}

int64_t File::append(std::string_view bytes, Status& status) const {
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t put = write(fd_, bytes.data() + done, bytes.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      status = os_error("write", path_);
      break;
    }
    done += static_cast<size_t>(put);
  }
  return static_cast<int64_t>(done);
}

Status File::sync() const {
  if (fdatasync(fd_) != 0) return os_error("sync", path_);
  return {};
}

Result<std::string> read_small_file(const std::string& path) {
  RCML_TRY(const File file, File::open(path, O_RDONLY));
  RCML_TRY(const int64_t bytes, file.size());
  std::string text(static_cast<size_t>(bytes), '\0');
  RCML_TRY(const int64_t got, file.read_at(0, text.data(), bytes));
  text.resize(static_cast<size_t>(got));
  return text;
}

Status write_small_file(const std::string& dir, const std::string& name, std::string_view text) {
  {
    RCML_TRY(const File file, File::open(dir + "/" + name + ".tmp", O_WRONLY | O_CREAT | O_TRUNC));
    Status status;
    file.append(text, status);
    RCML_OK(std::move(status));
    RCML_OK(file.sync());
  }
  RCML_OK(rename_file(dir, name + ".tmp", name));
  return sync_dir(dir);
}

Status rename_file(const std::string& dir, const std::string& from, const std::string& to) {
  if (rename((dir + "/" + from).c_str(), (dir + "/" + to).c_str()) != 0) return os_error("rename", dir + "/" + from);
  return {};
}

Status sync_dir(const std::string& dir) {
  RCML_TRY(const File file, File::open(dir, O_RDONLY | O_DIRECTORY));
  if (fsync(file.fd()) != 0) return os_error("sync", dir);
  return {};
}

Status make_dir(const std::string& dir) {
  for (size_t slash = dir.find('/', 1); true; slash = dir.find('/', slash + 1)) {
    const std::string part = dir.substr(0, slash);
    if (mkdir(part.c_str(), 0755) != 0 && errno != EEXIST) return os_error("make the folder", part);
    if (slash == std::string::npos) return {};
  }
}

}  // namespace rcml::broker::spool
