// dashboard/api.h: from an address and its parameters to an answer; knows nothing of HTTP.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "core/result.h"
#include "dashboard/filter.h"
#include "dashboard/live_reader.h"
#include "dashboard/mart_follower.h"
#include "dashboard/panels.h"
#include "dashboard/query_pool.h"
#include "dashboard/response_cache.h"

namespace rcml::dashboard {

class Api {
 public:
  using Done = ResponseCache::Done;
  // `live` may be null: then there is no lake to look at. `marts` must outlive this.
  Api(MartReader& marts, std::unique_ptr<LiveReader> live, bool has_login, std::string audit_path,
      size_t cache_bytes_max, QueryLimits limits);

  // Calls `done` once, at once or later on another thread, and waits for nothing. `name` is what follows /api/.
  // nullptr: there is no such address. bad_config: the viewer's parameters are wrong. unavailable: the marts cannot be
  // read, the question took too long, or too many others are waiting.
  void answer(const std::string& name, const Params& params, Done done);

 private:
  static constexpr size_t kLiveCacheBytesMax = 4 << 20;
  static constexpr size_t kRecentMax = 64;
  struct Question {
    std::string name;
    Params params;
    bool operator==(const Question&) const = default;
  };
  // One answer that a cache may have: under which name it is kept, and how it is made.
  struct Recipe {
    std::string key;
    ResponseCache::Make make;
  };
  Recipe meta_recipe(const MartStatePtr& state) const;
  Recipe pipeline_recipe(const MartStatePtr& state) const;
  Recipe live_recipe(const std::string& name);
  static Result<Recipe> panel_recipe(const Panel& panel, const Params& params, const MartStatePtr& state);
  void ask(ResponseCache& cache, Recipe recipe, Done done);
  void remember(Question question);
  void answer_recent(const MartStatePtr& state, const std::atomic<bool>& is_stopped);

  std::unique_ptr<LiveReader> live_;
  const bool has_login_;  // The page shows "Sign out".
  const std::string audit_path_;
  ResponseCache cache_;
  ResponseCache live_cache_;
  std::mutex recent_mutex_;
  std::list<Question> recent_;  // Newest first; what the page asks when nobody has chosen anything, to begin with.
  MartFollower marts_;          // Its thread uses the members above,
  QueryPool pool_;              // and so do the pool's.
};

// Body, its compressed form and its tag.
AnswerPtr make_answer(std::string body, std::string content_type, std::string file_name = {});

}  // namespace rcml::dashboard
