#include "broker/spool/lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace rcml::broker::spool {
namespace {

std::string boot_id() {
  char buffer[64];
  const int fd = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  const ssize_t got = read(fd, buffer, sizeof buffer);
  close(fd);
  return got > 0 ? std::string(buffer, static_cast<size_t>(got)) : std::string();
}

struct flock whole_file(short type) {
  struct flock lock{};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

Result<WriterLock> lock_for_writing(const std::string& dir) {
  const std::string path = dir + "/LOCK";
  RCML_TRY(File file, File::open(path, O_RDWR | O_CREAT));
  struct flock lock = whole_file(F_WRLCK);
  if (fcntl(file.fd(), F_OFD_SETLK, &lock) != 0) {
    if (errno != EAGAIN && errno != EACCES) return os_error("lock", path);
    return unavailable("another program is writing to the spool " + dir, "Stop it, or write to another spool");
  }
  RCML_TRY(const std::string before, read_small_file(path));
  return WriterLock{std::move(file), before.empty() || before == boot_id()};
}

Status note_boot(const WriterLock& lock) {
  const std::string now = boot_id();
  if (ftruncate(lock.file.fd(), 0) != 0) return os_error("write", lock.file.path());
  if (pwrite(lock.file.fd(), now.data(), now.size(), 0) != static_cast<ssize_t>(now.size())) {
    return os_error("write", lock.file.path());
  }
  return lock.file.sync();
}

bool has_living_writer(const std::string& dir) {
  const auto file = File::open(dir + "/LOCK", O_RDONLY);
  if (!file) return false;
  struct flock lock = whole_file(F_RDLCK);
  return fcntl(file->fd(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

Result<File> lock_for_trim(const std::string& dir) {
  const std::string path = dir + "/TRIM_LOCK";
  RCML_TRY(File file, File::open(path, O_RDWR | O_CREAT));
  struct flock lock = whole_file(F_WRLCK);
  while (fcntl(file.fd(), F_OFD_SETLKW, &lock) != 0) {
    if (errno != EINTR) return os_error("lock", path);
  }
  return file;
}

}  // namespace rcml::broker::spool
