// dashboard/query_pool.h: the few threads that run queries, so that no number of viewers can occupy the machine.
//
// At most `threads` questions are answered at the same moment and at most `queue_max` wait; one more is turned away. A
// question has `time_max` from the moment it is begun; then its query is interrupted.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "core/ids.h"
#include "dashboard/query_deadline.h"

namespace rcml::dashboard {

struct QueryLimits {
  size_t threads = 2;
  size_t queue_max = 64;
  Millis time_max{10'000};
};

class QueryPool {
 public:
  using Job = std::function<void()>;
  explicit QueryPool(QueryLimits limits);
  // Interrupts what runs and drops what waits.
  ~QueryPool();
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  // False: the queue is full and the job will not run. A job's queries run under a QueryDeadline.
  bool submit(Job job);
  // Is a job running, and none waiting?
  bool is_busy();

 private:
  struct Running {
    QueryDeadline* deadline = nullptr;
    int64_t ends_at_us = 0;  // monotonic_now()
  };
  void work(size_t index);
  void watch();

  const QueryLimits limits_;
  std::mutex mutex_;
  std::condition_variable submitted_;
  std::condition_variable watch_over_;
  std::deque<Job> waiting_;
  std::vector<Running> running_;  // One for each thread.
  bool is_stopped_ = false;
  bool is_watch_over_ = false;
  std::vector<std::thread> workers_;
  std::thread watcher_;
};

}  // namespace rcml::dashboard
