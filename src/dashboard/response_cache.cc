#include "dashboard/response_cache.h"

namespace rcml::dashboard {
namespace {

size_t bytes_of(const std::string& key, const AnswerPtr& answer) {
  return key.size() + answer->body.size() + answer->gzip_body.size() + 256;
}

}  // namespace

void ResponseCache::ask(const std::string& key, QueryPool& pool, Make make, Done done) {
  std::unique_lock lock(mutex_);
  if (const AnswerPtr kept = find(key)) {
    lock.unlock();
    return done(kept);
  }
  const auto [it, is_first] = being_made_.try_emplace(key);
  it->second.push_back(std::move(done));
  lock.unlock();
  if (!is_first) return;
  if (!pool.submit([this, key, make = std::move(make)] { finish(key, make()); }))
    finish(key, unavailable("too many questions are waiting at this moment", "Try again in a few seconds"));
}

void ResponseCache::prepare(const std::string& key, const Make& make) {
  {
    const std::lock_guard lock(mutex_);
    if (find(key) || !being_made_.try_emplace(key).second) return;
  }
  finish(key, make());
}

// Whoever waits is called without the lock: it may ask again.
void ResponseCache::finish(const std::string& key, const Result<AnswerPtr>& made) {
  Waiters waiters;
  {
    const std::lock_guard lock(mutex_);
    if (made.ok()) keep(key, *made);
    const auto it = being_made_.find(key);
    waiters = std::move(it->second);
    being_made_.erase(it);
  }
  for (const Done& done : waiters) done(made);
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
