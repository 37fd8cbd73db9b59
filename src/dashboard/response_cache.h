// dashboard/response_cache.h: answers already made, keyed by what was published and what was asked.
//
// Marts change only when a new copy is published, so an answer stays right until then: fifty viewers of one page cost
// one query per panel. Requests for the same missing answer make it once and share it. Thread-safe. Bounded by bytes;
// the least recently used answer goes first.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "dashboard/query_pool.h"

namespace rcml::dashboard {

struct Answer {
  std::string body;
  std::string gzip_body;  // Empty when it would not be smaller.
  std::string content_type;
  std::string etag;  // Quoted, as the header has it.
  std::string file_name;  // Not empty: a download.
};
using AnswerPtr = std::shared_ptr<const Answer>;

struct Outcome {
  Result<AnswerPtr> answer;
  bool is_busy = false;  // An error because too many others are asking: trying again soon will work.
};

class ResponseCache {
 public:
  using Make = std::function<Result<AnswerPtr>()>;
  using Done = std::function<void(const Outcome&)>;
  static constexpr Millis kUnlimited{INT64_MAX / 1000};
  // A question that took too long is refused for this time without being tried.
  static constexpr Millis kOverdueKept{30'000};
  static constexpr size_t kWaitersMax = 1024;  // For one answer.

  explicit ResponseCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Calls `done` once: at once with an answer that was made within `age_max`; otherwise later, on a thread of `pool`
  // that has run `make`. An error goes to all who wait and is not kept, but for a question that took too long.
  void ask(const std::string& key, QueryPool& pool, Make make, Done done, Millis age_max = kUnlimited);

 private:
  struct Entry {
    std::string key;
    Result<AnswerPtr> answer;
    int64_t made_at_us;  // monotonic_now()
    int64_t useless_at_us;
  };
  using Waiters = std::vector<Done>;
  const Entry* find(const std::string& key, Millis age_max);
  void keep(Entry entry);
  void forget(std::list<Entry>::iterator entry);
  void finish(const std::string& key, const Outcome& outcome, bool is_overdue);

  const size_t bytes_max_;
  std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> newest_first_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::unordered_map<std::string, Waiters> being_made_;
};

}  // namespace rcml::dashboard
