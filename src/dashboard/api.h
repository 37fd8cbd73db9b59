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
  // Ends what is being answered and returns whether everything has ended within `wait`.
  bool stop(Millis wait);

  // Calls `done` once, at once or later on another thread, and waits for nothing. `name` is what follows /api/.
  // nullptr: there is no such address. bad_config: the viewer's parameters are wrong. unavailable: the marts cannot be
  // read, the question took too long, or too many others are asking (Outcome::is_busy).
  void answer(const std::string& name, const Params& params, Done done);

 private:
  static constexpr size_t kRecentMax = 64;
  struct Question {
    std::string name;
    Params params;
    bool operator==(const Question&) const = default;
  };
  // One answer that the cache may have: under which name it is kept, for how long, and how it is made.
  struct Recipe {
    std::string key;
    ResponseCache::Make make;
    Millis age_max = ResponseCache::kUnlimited;
  };
  Recipe meta_recipe(const MartStatePtr& state) const;
  Recipe pipeline_recipe(const MartStatePtr& state) const;
  Recipe live_recipe(const std::string& name);
  static Result<Recipe> panel_recipe(const Panel& panel, const Params& params, const MartStatePtr& state);
  void ask(QueryPool& pool, Recipe recipe, Done done);
  void remember(Question question);
  void answer_recent(const MartStatePtr& state, const std::atomic<bool>& is_stopped);

  std::unique_ptr<LiveReader> live_;
  const bool has_login_;  // The page shows "Sign out".
  const std::string audit_path_;
  const Millis answer_max_;
  ResponseCache cache_;
  std::mutex recent_mutex_;
  std::list<Question> recent_;  // Newest first; what the page asks when nobody has chosen anything, to begin with.
  QueryPool pool_;              // Its threads use the members above.
  QueryPool live_pool_;  // "Right now" and the lake: a store that does not answer must not hold up the panels.
  MartFollower marts_;  // Its thread uses all of these.
};

// Body, its compressed form and its tag.
AnswerPtr make_answer(std::string body, std::string content_type, std::string file_name = {});

}  // namespace rcml::dashboard
