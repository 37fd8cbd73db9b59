// dashboard/mart_follower.h: which published state the page shows, and when it moves on to the next.
//
// A thread looks for a new copy every kLookEveryMs. It opens it and has the questions viewers asked lately answered on it
// while everybody still reads the old one; only then is the new one shown. So nobody waits for a publish.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "core/ids.h"
#include "dashboard/mart_reader.h"

namespace rcml::dashboard {

inline constexpr int64_t kLookEveryMs = 300;

class MartFollower {
 public:
  // Called on the follower's thread with a state that is not shown yet (the very first is shown at once); returns soon
  // after `is_stopped`.
  using Prepare = std::function<void(const MartStatePtr& state, const std::atomic<bool>& is_stopped)>;
  // `reader` must outlive this.
  MartFollower(MartReader& reader, Prepare prepare);
  ~MartFollower();
  MartFollower(const MartFollower&) = delete;
  MartFollower& operator=(const MartFollower&) = delete;

  void begin_stop();
  // Has its thread ended within `wait`? Opening a copy cannot be interrupted.
  bool has_ended(Millis wait);

  // nullptr: nothing is published. An error: what is published cannot be read. Thread-safe, never waits for a query.
  Result<MartStatePtr> shown() const;

 private:
  void follow();
  void look();
  void show(Result<MartStatePtr> next);

  MartReader& reader_;
  const Prepare prepare_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;  // A stop was asked for, or the thread has ended.
  std::atomic<bool> is_stopped_ = false;
  bool has_ended_ = false;
  Result<MartStatePtr> shown_;
  // What was shown before is let go one look later, on this thread: closing it may take a while, and whoever answers
  // requests must not be the last to hold it.
  Result<MartStatePtr> retired_ = MartStatePtr();
  std::thread thread_;
};

}  // namespace rcml::dashboard
