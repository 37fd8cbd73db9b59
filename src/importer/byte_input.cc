// importer/byte_input.cc: read(2) below, zlib above it when the first two bytes say gzip.
#include "importer/byte_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <cerrno>
#include <cstring>
#include <vector>

namespace rcml::importer {
namespace {

constexpr size_t kChunkBytes = 256 << 10;
constexpr int kGzipOnly = 15 + 16;  // zlib's spelling of "largest window, gzip header".

class FileBytes : public ByteInput {
 public:
  FileBytes(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  ~FileBytes() override {
    if (fd_ != STDIN_FILENO) ::close(fd_);
  }
  FileBytes(const FileBytes&) = delete;
  FileBytes& operator=(const FileBytes&) = delete;

  Result<size_t> read(char* out, size_t size) override {
    while (true) {
      const ssize_t got = ::read(fd_, out, size);
      if (got >= 0) return static_cast<size_t>(got);
      if (errno != EINTR) return os_error("read", path_);
    }
  }
  const std::string& path() const { return path_; }

 private:
  int fd_;
  std::string path_;
};

// Bytes already read to look at, then the rest.
class PeekedBytes : public ByteInput {
 public:
  PeekedBytes(std::unique_ptr<FileBytes> rest, std::string peeked)
      : rest_(std::move(rest)), peeked_(std::move(peeked)) {}

  Result<size_t> read(char* out, size_t size) override {
    if (at_ == peeked_.size()) return rest_->read(out, size);
    const size_t count = std::min(size, peeked_.size() - at_);
    std::memcpy(out, peeked_.data() + at_, count);
    at_ += count;
    return count;
  }
  const std::string& path() const { return rest_->path(); }

 private:
  std::unique_ptr<FileBytes> rest_;
  std::string peeked_;
  size_t at_ = 0;
};

// gzip, also of several members one after the other, as `cat a.gz b.gz` makes them.
class GzipBytes : public ByteInput {
 public:
  explicit GzipBytes(std::unique_ptr<PeekedBytes> packed) : packed_(std::move(packed)), buffer_(kChunkBytes) {
    RCML_CHECK(inflateInit2(&stream_, kGzipOnly) == Z_OK);
  }
  ~GzipBytes() override { inflateEnd(&stream_); }
  GzipBytes(const GzipBytes&) = delete;
  GzipBytes& operator=(const GzipBytes&) = delete;

  Result<size_t> read(char* out, size_t size) override {
    stream_.next_out = reinterpret_cast<Bytef*>(out);
    stream_.avail_out = static_cast<uInt>(size);
    while (stream_.avail_out == size) {
      if (stream_.avail_in == 0) {
        RCML_TRY(const size_t got, packed_->read(buffer_.data(), buffer_.size()));
        if (got == 0 && is_between_members_) return 0;
        if (got == 0)
          return corrupt(packed_->path() + ": the gzip data ends early",
                         "Fetch the file again; what came before was imported");
        stream_.next_in = reinterpret_cast<Bytef*>(buffer_.data());
        stream_.avail_in = static_cast<uInt>(got);
      }
      RCML_OK(inflate_some());
    }
    return size - stream_.avail_out;
  }

 private:
  Status inflate_some() {
    if (is_between_members_) RCML_CHECK(inflateReset(&stream_) == Z_OK);
    is_between_members_ = false;
    const int code = inflate(&stream_, Z_NO_FLUSH);
    if (code == Z_STREAM_END) {
      is_between_members_ = true;
    } else if (code != Z_OK && code != Z_BUF_ERROR) {
      return corrupt(
          packed_->path() + ": damaged gzip data (" + (stream_.msg != nullptr ? stream_.msg : "unknown") + ")",
          "Fetch the file again; what came before was imported");
    }
    return {};
  }

  std::unique_ptr<PeekedBytes> packed_;
  std::vector<char> buffer_;
  z_stream stream_{};
  bool is_between_members_ = false;
};

Result<int> open_file(const std::string& path) {
  if (path == "-") return STDIN_FILENO;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0)
    return bad_config("cannot read " + path + ": " + std::strerror(errno),
                      "Name a file that exists and is readable, or - for standard input");
  struct stat info{};
  if (::fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
    ::close(fd);
    return bad_config(path + " is a folder", "Name a file");
  }
  return fd;
}

}  // namespace

Result<std::unique_ptr<ByteInput>> open_input(const std::string& path) {
  RCML_TRY(const int fd, open_file(path));
  auto file = std::make_unique<FileBytes>(fd, path == "-" ? "standard input" : path);
  std::string first(2, '\0');
  size_t size = 0;
  while (size < first.size()) {  // A pipe may give one byte at a time.
    RCML_TRY(const size_t got, file->read(first.data() + size, first.size() - size));
    if (got == 0) break;
    size += got;
  }
  first.resize(size);
  auto peeked = std::make_unique<PeekedBytes>(std::move(file), first);
  if (first != "\x1f\x8b") return std::unique_ptr<ByteInput>(std::move(peeked));
  return std::unique_ptr<ByteInput>(std::make_unique<GzipBytes>(std::move(peeked)));
}

}  // namespace rcml::importer
