// broker/spool/buffer_pool.h: read buffers that come back when the last batch that views them is dropped, so that
// steady reading allocates nothing. Thread-safe.
#pragma once

#include <memory>
#include <mutex>
#include <vector>

namespace rcml::broker::spool {

class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  // Each buffer has `bytes`; at most `kept_max` idle ones are kept.
  BufferPool(size_t bytes, size_t kept_max) : bytes_(bytes), kept_max_(kept_max) {}

  // Shared: a batch and its copies on other threads own it together; the last one gives it back.
  std::shared_ptr<char> take() {
    std::unique_ptr<char[]> buffer;
    {
      const std::lock_guard lock(mutex_);
      if (!idle_.empty()) {
        buffer = std::move(idle_.back());
        idle_.pop_back();
      }
    }
    if (buffer == nullptr) buffer = std::make_unique_for_overwrite<char[]>(bytes_);
    return {buffer.release(),
            [pool = shared_from_this()](char* bytes) { pool->give_back(std::unique_ptr<char[]>(bytes)); }};
  }

 private:
  void give_back(std::unique_ptr<char[]> buffer) {
    const std::lock_guard lock(mutex_);
    if (idle_.size() < kept_max_) idle_.push_back(std::move(buffer));
  }

  const size_t bytes_;
  const size_t kept_max_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<char[]>> idle_;
};

}  // namespace rcml::broker::spool
