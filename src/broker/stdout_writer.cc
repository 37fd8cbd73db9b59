#include "broker/stdout_writer.h"

#include <unistd.h>

#include <cerrno>

namespace rcml::broker {
namespace {

constexpr size_t kBufferBytes = 1 << 20;

class DescriptorWriter final : public EventWriter {
 public:
  explicit DescriptorWriter(int descriptor) : descriptor_(descriptor) {}

  Status write(std::string_view /*key*/, std::string_view event) override {
    buffer_.append(event);
    buffer_.push_back('\n');
    return buffer_.size() < kBufferBytes ? Status{} : flush_buffer();
  }

  Status write_many(std::string_view lines, std::span<const KeyedEvent> /*events*/) override {
    RCML_OK(flush_buffer());
    return write_out(lines);
  }

  Status flush() override { return flush_buffer(); }

  Status close() override { return flush_buffer(); }

 private:
  Status flush_buffer() {
    RCML_OK(write_out(buffer_));
    buffer_.clear();
    return {};
  }

  Status write_out(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written >= 0) {
        bytes.remove_prefix(static_cast<size_t>(written));
      } else if (errno == EPIPE) {
        return unavailable("standard output was closed by its reader", "Nothing more was written; run again to go on");
      } else if (errno != EINTR) {
        return os_error("write", "standard output");
      }
    }
    return {};
  }

  int descriptor_;
  std::string buffer_;
};

}  // namespace

std::unique_ptr<EventWriter> stdout_writer() { return descriptor_writer(STDOUT_FILENO); }
std::unique_ptr<EventWriter> descriptor_writer(int descriptor) {
  return std::make_unique<DescriptorWriter>(descriptor);
}

}  // namespace rcml::broker
