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

  // nullptr: nothing is published. An error: what is published cannot be read. Thread-safe, never waits for a query.
  Result<MartStatePtr> shown() const;

 private:
  void follow();
  void look();
  void show(Result<MartStatePtr> next);

  MartReader& reader_;
  const Prepare prepare_;
  mutable std::mutex mutex_;
  std::condition_variable stop_;
  std::atomic<bool> is_stopped_ = false;
  Result<MartStatePtr> shown_;
  std::thread thread_;
};

}  // namespace rcml::dashboard
