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
  std::deque<Job> dropped;
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
    dropped.swap(waiting_);
    for (Running& running : running_) running.ends_at_us = 0;
  }
  submitted_.notify_all();
  for (auto& worker : workers_) worker.join();  // The watcher interrupts them meanwhile.
  {
    const std::lock_guard lock(mutex_);
    is_watch_over_ = true;
  }
  watch_over_.notify_all();
  watcher_.join();
}

bool QueryPool::submit(Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (is_stopped_ || waiting_.size() >= limits_.queue_max) return false;
    waiting_.push_back(std::move(job));
  }
  submitted_.notify_one();
  return true;
}

bool QueryPool::is_busy() {
  const std::lock_guard lock(mutex_);
  return waiting_.empty() &&
         std::any_of(running_.begin(), running_.end(), [](const Running& one) { return one.deadline != nullptr; });
}

void QueryPool::work(size_t index) {
  std::unique_lock lock(mutex_);
  while (true) {
    submitted_.wait(lock, [this] { return is_stopped_ || !waiting_.empty(); });
    if (is_stopped_) return;
    Job job = std::move(waiting_.front());
    waiting_.pop_front();
    QueryDeadline deadline;
    running_[index] = {&deadline, monotonic_now().value + limits_.time_max.value * 1000};
    lock.unlock();
    job();
    job = nullptr;  // What it holds is released before the thread is free again.
    lock.lock();
    running_[index] = {};
  }
}

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
