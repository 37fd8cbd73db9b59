#include "dashboard/mart_follower.h"

#include "core/log.h"

namespace rcml::dashboard {

MartFollower::MartFollower(MartReader& reader, Prepare prepare)
    : reader_(reader), prepare_(std::move(prepare)), shown_(reader.current()) {
  thread_ = std::thread([this] { follow(); });
}

MartFollower::~MartFollower() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  stop_.notify_all();
  thread_.join();
}

Result<MartStatePtr> MartFollower::shown() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

void MartFollower::follow() {
  if (const auto first = shown(); first.ok() && *first) prepare_(*first, is_stopped_);
  std::unique_lock lock(mutex_);
  while (!stop_.wait_for(lock, std::chrono::milliseconds(kLookEveryMs), [this] { return is_stopped_.load(); })) {
    lock.unlock();
    look();
    lock.lock();
  }
}

void MartFollower::look() {
  Result<MartStatePtr> next = reader_.current();
  const auto now = shown();
  if (now.ok() && next.ok() && *now == *next) return;
  if (next.ok() && *next) prepare_(*next, is_stopped_);
  if (!next.ok() && now.ok()) log_warn("the published copy cannot be read", {{"reason", next.error().text()}});
  show(std::move(next));
}

void MartFollower::show(Result<MartStatePtr> next) {
  const std::lock_guard lock(mutex_);
  std::swap(shown_, next);  // The old state is let go after the lock: closing it may take a while.
}

}  // namespace rcml::dashboard
