#include "dashboard/query_pool.h"

#include <algorithm>
#include <chrono>

#include "core/clock.h"

namespace rcml::dashboard {
namespace {

constexpr auto kWatchEvery = std::chrono::milliseconds(50);

}  // namespace

QueryPool::QueryPool(QueryLimits limits) : limits_(limits), running_(limits.threads) {
  for (size_t index = 0; index < limits_.threads; ++index) workers_.emplace_back([this, index] { work(index); });
  watcher_ = std::thread([this] { watch(); });
}

QueryPool::~QueryPool() {
  (void)stop(Millis(0));
  for (auto& worker : workers_) worker.join();  // The watcher interrupts them meanwhile.
  {
    const std::lock_guard lock(mutex_);
    is_watch_over_ = true;
  }
  watch_over_.notify_all();
  watcher_.join();
}

void QueryPool::submit(Job job) {
  Job turned_away;
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_) {
      turned_away = std::move(job);
    } else {
      if (waiting_.size() >= limits_.queue_max) {
        turned_away = std::move(waiting_.front().job);
        waiting_.pop_front();
      }
      waiting_.push_back({std::move(job), monotonic_now().value});
    }
  }
  changed_.notify_all();
  if (turned_away) turned_away(true);
}

bool QueryPool::stop(Millis wait) {
  std::deque<Waiting> turned_away;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    turned_away.swap(waiting_);
    for (Running& running : running_) running.ends_at_us = 0;
  }
  changed_.notify_all();
  for (Waiting& waiting : turned_away) waiting.job(true);
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(wait.value), [this] {
    return std::all_of(running_.begin(), running_.end(), [](const Running& one) { return one.deadline == nullptr; });
  });
}

size_t QueryPool::running_count() {
  const std::lock_guard lock(mutex_);
  return static_cast<size_t>(
      std::count_if(running_.begin(), running_.end(), [](const Running& one) { return one.deadline != nullptr; }));
}

void QueryPool::work(size_t index) {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return is_stopped_ || !waiting_.empty(); });
    if (is_stopped_) return;
    Waiting newest = std::move(waiting_.back());
    waiting_.pop_back();
    const int64_t now = monotonic_now().value;
    const bool is_late = now - newest.since_us > limits_.wait_max.value * 1000;
    QueryDeadline deadline;
    running_[index] = {&deadline, now + limits_.time_max.value * 1000};
    lock.unlock();
    newest.job(is_late);
    newest.job = nullptr;  // What it holds is released before the thread is free again.
    lock.lock();
    running_[index] = {};
    changed_.notify_all();
  }
}

// Interrupts what is overdue, and goes on doing so: DuckDB forgets an interrupt that comes just before a query begins.
void QueryPool::watch() {
  std::unique_lock lock(mutex_);
  while (!watch_over_.wait_for(lock, kWatchEvery, [this] { return is_watch_over_; })) {
    const int64_t now = monotonic_now().value;
    for (Running& running : running_) {
      if (running.deadline != nullptr && now >= running.ends_at_us) running.deadline->end();
    }
  }
}

}  // namespace rcml::dashboard
