#include "dashboard/response_cache.h"

#include "core/clock.h"

namespace rcml::dashboard {
namespace {

size_t bytes_of(const std::string& key, const Result<AnswerPtr>& answer) {
  return key.size() + 256 + (answer.ok() ? (*answer)->body.size() + (*answer)->gzip_body.size() : 512);
}

Outcome busy() { return {unavailable("the server is busy", "Try again in a few seconds"), true}; }

// An exception of a library costs this answer and not the process.
Result<AnswerPtr> made_by(const ResponseCache::Make& make) try { return make(); } catch (const std::exception& error) {
  return unavailable(std::string("the answer could not be made: ") + error.what(), "Try again; the log has the reason");
}

}  // namespace

void ResponseCache::ask(const std::string& key, QueryPool& pool, Make make, Done done, Millis age_max) {
  std::unique_lock lock(mutex_);
  if (const Entry* entry = find(key, age_max)) {
    const Outcome outcome{entry->answer};
    lock.unlock();
    return done(outcome);
  }
  const auto [it, is_first] = being_made_.try_emplace(key);
  if (it->second.size() >= kWaitersMax) {
    lock.unlock();
    return done(busy());
  }
  it->second.push_back(std::move(done));
  lock.unlock();
  if (!is_first) return;
  pool.submit([this, key, make = std::move(make)](bool is_turned_away) {
    if (is_turned_away) return finish(key, busy(), false);
    const Outcome outcome{made_by(make)};
    const QueryDeadline* deadline = QueryDeadline::current();
    finish(key, outcome, deadline != nullptr && deadline->is_over());
  });
}

// Whoever waits is called without the lock: it may ask the next question.
void ResponseCache::finish(const std::string& key, const Outcome& outcome, bool is_overdue) {
  Waiters waiters;
  {
    const std::lock_guard lock(mutex_);
    const int64_t now = monotonic_now().value;
    if (outcome.answer.ok()) keep({key, outcome.answer, now, INT64_MAX});
    else if (is_overdue) keep({key, outcome.answer, now, now + kOverdueKept.value * 1000});
    const auto it = being_made_.find(key);
    waiters = std::move(it->second);
    being_made_.erase(it);
  }
  for (const Done& done : waiters) done(outcome);
}

const ResponseCache::Entry* ResponseCache::find(const std::string& key, Millis age_max) {
  const auto it = by_key_.find(key);
  if (it == by_key_.end()) return nullptr;
  const int64_t now = monotonic_now().value;
  if (now >= it->second->useless_at_us || (now - it->second->made_at_us) / 1000 >= age_max.value) return nullptr;
  newest_first_.splice(newest_first_.begin(), newest_first_, it->second);
  return &*it->second;
}

void ResponseCache::keep(Entry entry) {
  if (const auto it = by_key_.find(entry.key); it != by_key_.end()) forget(it->second);
  const size_t bytes = bytes_of(entry.key, entry.answer);
  if (bytes > bytes_max_) return;
  newest_first_.push_front(std::move(entry));
  by_key_[newest_first_.front().key] = newest_first_.begin();
  bytes_ += bytes;
  while (bytes_ > bytes_max_) forget(std::prev(newest_first_.end()));
}

void ResponseCache::forget(std::list<Entry>::iterator entry) {
  bytes_ -= bytes_of(entry->key, entry->answer);
  by_key_.erase(entry->key);
  newest_first_.erase(entry);
}

}  // namespace rcml::dashboard
