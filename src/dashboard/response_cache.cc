#include "dashboard/response_cache.h"

namespace rcml::dashboard {
namespace {

size_t bytes_of(const std::string& key, const AnswerPtr& answer) {
  return key.size() + answer->body.size() + answer->gzip_body.size() + 256;
}

}  // namespace

Result<AnswerPtr> ResponseCache::get(const std::string& key, const std::function<Result<AnswerPtr>()>& make) {
  std::unique_lock lock(mutex_);
  if (auto answer = find(key)) return answer;
  if (const auto it = flights_.find(key); it != flights_.end()) {
    const std::shared_ptr<Flight> flight = it->second;
    flight->done.wait(lock, [&] { return flight->result != nullptr; });
    return *flight->result;
  }
  const auto flight = std::make_shared<Flight>();
  flights_.emplace(key, flight);
  lock.unlock();
  Result<AnswerPtr> made = make();
  lock.lock();
  flights_.erase(key);
  if (made.ok()) keep(key, *made);
  flight->result = std::make_unique<Result<AnswerPtr>>(made);
  flight->done.notify_all();
  return made;
}

void ResponseCache::clear() {
  const std::lock_guard lock(mutex_);
  newest_first_.clear();
  by_key_.clear();
  bytes_ = 0;
}

AnswerPtr ResponseCache::find(const std::string& key) {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, it->second);
  return it->second->answer;
}

void ResponseCache::keep(const std::string& key, const AnswerPtr& answer) {
  const size_t bytes = bytes_of(key, answer);
  if (bytes > bytes_max_) return;
  newest_first_.push_front({key, answer});
  by_key_[key] = newest_first_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) {
    const Entry& oldest = newest_first_.back();
    bytes_ -= bytes_of(oldest.key, oldest.answer);
    by_key_.erase(oldest.key);
    newest_first_.pop_back();
  }
}

}  // namespace rcml::dashboard
