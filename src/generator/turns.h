// generator/turns.h: threads that work side by side but must hand over in order.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace rcml::generator {

class Turns {
 public:
  // Blocks until it is `turn`'s turn; false when the work was given up meanwhile. Whoever got true calls done().
  bool wait(int64_t turn) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return is_over_ || next_ == turn; });
    return !is_over_;
  }
  void done() {
    {
      const std::lock_guard lock(mutex_);
      ++next_;
    }
    changed_.notify_all();
  }
  void give_up() {
    {
      const std::lock_guard lock(mutex_);
      is_over_ = true;
    }
    changed_.notify_all();
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int64_t next_ = 0;
  bool is_over_ = false;
};

}  // namespace rcml::generator
