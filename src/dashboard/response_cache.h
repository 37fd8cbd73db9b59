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

class ResponseCache {
 public:
  using Make = std::function<Result<AnswerPtr>()>;
  using Done = std::function<void(const Result<AnswerPtr>&)>;
  explicit ResponseCache(size_t bytes_max) : bytes_max_(bytes_max) {}

  // Calls `done` once: at once with an answer that is kept, otherwise later on a thread of `pool` that has run `make`,
  // or on the one where another caller's `make` ends. An error goes to all who wait and is not kept; `unavailable` when
  // the pool's queue is full.
  void ask(const std::string& key, QueryPool& pool, Make make, Done done);
  // Makes the answer on the calling thread unless it is kept or being made elsewhere.
  void prepare(const std::string& key, const Make& make);

 private:
  struct Entry {
    std::string key;
    AnswerPtr answer;
  };
  using Waiters = std::vector<Done>;
  AnswerPtr find(const std::string& key);
  void keep(const std::string& key, const AnswerPtr& answer);
  void finish(const std::string& key, const Result<AnswerPtr>& made);

  const size_t bytes_max_;
  std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> newest_first_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::unordered_map<std::string, Waiters> being_made_;
};

}  // namespace rcml::dashboard
