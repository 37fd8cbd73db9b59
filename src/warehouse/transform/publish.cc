#include "warehouse/transform/publish.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>

#include "core/crash_point.h"

namespace rcml::warehouse {
namespace {

constexpr std::string_view kSuffix = ".duckdb";

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Status copy_bytes(int from, int to, int64_t bytes, const std::string& path) {
  for (int64_t left = bytes; left > 0;) {
    const ssize_t moved = copy_file_range(from, nullptr, to, nullptr, static_cast<size_t>(left), 0);
    if (moved < 0) return os_error("write", path);
    if (moved == 0)
      return corrupt("the warehouse file became shorter while it was copied to " + path,
                     "Is another program writing to it without DuckDB's lock?");
    left -= moved;
  }
  return {};
}

Status sync_folder(const std::string& file) {
  const std::filesystem::path folder = std::filesystem::absolute(file).parent_path();
  const Descriptor descriptor(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (descriptor.get() < 0 || fsync(descriptor.get()) != 0) return os_error("sync", folder.string());
  return {};
}

Result<PublishReport> copy_to(int from, const std::string& temporary) {
  struct stat info{};
  if (fstat(from, &info) != 0) return os_error("look at", temporary);
  const Descriptor to(open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (to.get() < 0) return os_error("create", temporary);
  PublishReport report{info.st_size, ioctl(to.get(), FICLONE, from) == 0};
  if (!report.is_reflink) RCML_OK(copy_bytes(from, to.get(), info.st_size, temporary));
  if (fsync(to.get()) != 0) return os_error("sync", temporary);
  return report;
}

}  // namespace

std::string published_path(const std::string& file) {
  const bool has_suffix = file.size() > kSuffix.size() && file.ends_with(kSuffix);
  return file.substr(0, file.size() - (has_suffix ? kSuffix.size() : 0)) + ".published.duckdb";
}

Result<PublishReport> publish(const DuckdbOptions& options, const std::string& published_file) {
  RCML_TRY(auto connection, DuckdbConnection::open(options));
  RCML_OK(connection->execute("force checkpoint"));
  // Closing any descriptor of a file drops all of this process's locks on it: this one outlives the connection, so that
  // no writer comes in between checkpoint and copy.
  const Descriptor from(open(options.file.c_str(), O_RDONLY | O_CLOEXEC));
  if (from.get() < 0) return os_error("open", options.file);
  const std::string temporary = published_file + ".tmp";
  auto report = copy_to(from.get(), temporary);
  connection.reset();
  if (!report.ok()) {
    unlink(temporary.c_str());
    return report;
  }
  crash_point("publish.before_rename");
  if (std::rename(temporary.c_str(), published_file.c_str()) != 0) return os_error("rename to", published_file);
  RCML_OK(sync_folder(published_file));
  return report;
}

}  // namespace rcml::warehouse
