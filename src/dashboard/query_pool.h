// dashboard/query_pool.h: the few threads that run queries, so that no number of viewers can occupy the machine.
//
// At most `threads` jobs run at the same moment. The newest waiting job runs first, and when `queue_max` wait already
// the oldest is turned away: under a storm those who came last, and are still there, get their answers. A job that has
// waited longer than `wait_max` is turned away too. A job has `time_max` from its start; then its query is interrupted.
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
  Millis wait_max{15'000};
  Millis time_max{10'000};
};

class QueryPool {
 public:
  // Called exactly once: to run, or with `is_turned_away` on any thread. Must not throw.
  using Job = std::function<void(bool is_turned_away)>;
  explicit QueryPool(QueryLimits limits);
  // Stops, and waits for the running jobs however long they take.
  ~QueryPool();
  QueryPool(const QueryPool&) = delete;
  QueryPool& operator=(const QueryPool&) = delete;

  // A job's queries run under a QueryDeadline. After stop() every job is turned away.
  void submit(Job job);
  // Interrupts what runs, turns away what waits, and returns whether every job has ended within `wait`.
  bool stop(Millis wait);
  size_t running_count();

 private:
  struct Waiting {
    Job job;
    int64_t since_us;  // monotonic_now()
  };
  struct Running {
    QueryDeadline* deadline = nullptr;
    int64_t ends_at_us = 0;  // monotonic_now()
  };
  void work(size_t index);
  void watch();

  const QueryLimits limits_;
  std::mutex mutex_;
  std::condition_variable changed_;  // A job was submitted or has ended, or the pool is stopped.
  std::condition_variable watch_over_;
  std::deque<Waiting> waiting_;  // Oldest first.
  std::vector<Running> running_;  // One for each worker.
  bool is_stopped_ = false;
  bool is_watch_over_ = false;
  std::vector<std::thread> workers_;
  std::thread watcher_;
};

}  // namespace rcml::dashboard
