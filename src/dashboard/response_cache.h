// dashboard/response_cache.h: answers already made, keyed by what was published and what was asked.
//
// Marts change only when a new copy is published, so an answer stays right until then: fifty viewers of one page cost
// one query per panel. Two requests for the same missing answer make it once. Thread-safe. Bounded by bytes, oldest out.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "core/result.h"

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
  explicit ResponseCache(size_t bytes_max) : bytes_max_(bytes_max) {}
  // An error is handed to all who waited and is not kept.
  Result<AnswerPtr> get(const std::string& key, const std::function<Result<AnswerPtr>()>& make);
  void clear();

 private:
  struct Entry {
    std::string key;
    AnswerPtr answer;
  };
  struct Flight {  // An answer being made.
    std::condition_variable done;
    std::unique_ptr<Result<AnswerPtr>> result;
  };
  AnswerPtr find(const std::string& key);
  void keep(const std::string& key, const AnswerPtr& answer);

  const size_t bytes_max_;
  std::mutex mutex_;
  size_t bytes_ = 0;
  std::list<Entry> newest_first_;
  std::unordered_map<std::string, std::list<Entry>::iterator> by_key_;
  std::unordered_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace rcml::dashboard
