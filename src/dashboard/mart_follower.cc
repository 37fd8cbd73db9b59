#include "dashboard/mart_follower.h"

#include <chrono>
#include <utility>

#include "core/log.h"

namespace rcml::dashboard {

MartFollower::MartFollower(MartReader& reader, Prepare prepare)
    : reader_(reader), prepare_(std::move(prepare)), shown_(reader.current()) {
  thread_ = std::thread([this] { follow(); });
}

MartFollower::~MartFollower() {
  begin_stop();
  thread_.join();
}

void MartFollower::begin_stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopped_ = true;
  }
  changed_.notify_all();
}

bool MartFollower::has_ended(Millis wait) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(wait.value), [this] { return has_ended_; });
}

Result<MartStatePtr> MartFollower::shown() const {
  const std::lock_guard lock(mutex_);
  return shown_;
}

void MartFollower::follow() {
  if (const auto first = shown(); first.ok() && *first) prepare_(*first, is_stopped_);
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, std::chrono::milliseconds(kLookEveryMs), [this] { return is_stopped_.load(); })) {
    lock.unlock();
    look();
    lock.lock();
  }
  has_ended_ = true;
  changed_.notify_all();
}

void MartFollower::look() {
  retired_ = MartStatePtr();
  Result<MartStatePtr> next = reader_.current();
  const auto now = shown();
  if (now.ok() && next.ok() && *now == *next) return;
  if (next.ok() && *next) prepare_(*next, is_stopped_);
  if (!next.ok() && now.ok()) log_warn("the published copy cannot be read", {{"reason", next.error().text()}});
  show(std::move(next));
}

void MartFollower::show(Result<MartStatePtr> next) {
  const std::lock_guard lock(mutex_);
  retired_ = std::exchange(shown_, std::move(next));
}

}  // namespace rcml::dashboard
