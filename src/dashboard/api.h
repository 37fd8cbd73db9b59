// dashboard/api.h: from an address and its parameters to an answer; knows no HTTP library.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"
#include "dashboard/filter.h"
#include "dashboard/live_reader.h"
#include "dashboard/mart_follower.h"
#include "dashboard/response_cache.h"

namespace rcml::dashboard {

class Api {
 public:
  // `live` may be null: then there is no lake to look at. `marts` must outlive this.
  Api(MartReader& marts, std::unique_ptr<LiveReader> live, std::string audit_path, size_t cache_bytes_max);

  // `name` is what follows /api/. nullptr: there is no such address. bad_config: the viewer's parameters are wrong.
  Result<AnswerPtr> answer(const std::string& name, const Params& params);

 private:
  static constexpr size_t kLiveCacheBytesMax = 4 << 20;
  static constexpr size_t kRecentMax = 64;
  struct Question {
    std::string name;
    Params params;
    bool operator==(const Question&) const = default;
  };
  Result<AnswerPtr> panel_answer(const std::string& name, const Params& params, const MartStatePtr& state);
  Result<AnswerPtr> meta_answer(const MartStatePtr& state);
  Result<AnswerPtr> pipeline_answer();
  Result<AnswerPtr> live_answer(const std::string& name);
  void remember(Question question);
  void answer_recent(const MartStatePtr& state, const std::atomic<bool>& is_stopped);

  std::unique_ptr<LiveReader> live_;
  const std::string audit_path_;
  ResponseCache cache_;
  ResponseCache live_cache_;
  std::mutex recent_mutex_;
  std::list<Question> recent_;  // Newest first; what the page asks when nobody has chosen anything, to begin with.
  MartFollower marts_;          // Last: its thread uses the members above.
};

// Body, its compressed form and its tag.
AnswerPtr make_answer(std::string body, std::string content_type, std::string file_name = {});

}  // namespace rcml::dashboard
