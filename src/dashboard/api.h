// dashboard/api.h: from an address and its parameters to an answer; knows no HTTP library.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "dashboard/filter.h"
#include "dashboard/live_reader.h"
#include "dashboard/mart_reader.h"
#include "dashboard/response_cache.h"

namespace rcml::dashboard {

class Api {
 public:
  // `live` may be null: then there is no lake to look at.
  Api(MartReader& marts, std::unique_ptr<LiveReader> live, std::string audit_path, size_t cache_bytes_max)
      : marts_(marts),
        live_(std::move(live)),
        audit_path_(std::move(audit_path)),
        cache_(cache_bytes_max),
        live_cache_(kLiveCacheBytesMax) {}

  // `name` is what follows /api/. nullptr: there is no such address. bad_config: the viewer's parameters are wrong.
  Result<AnswerPtr> answer(const std::string& name, const Params& params);

 private:
  static constexpr size_t kLiveCacheBytesMax = 4 << 20;
  Result<AnswerPtr> panel_answer(const std::string& name, const Params& params);
  Result<AnswerPtr> meta_answer();
  Result<AnswerPtr> pipeline_answer();
  Result<AnswerPtr> live_answer(const std::string& name);

  MartReader& marts_;
  std::unique_ptr<LiveReader> live_;
  const std::string audit_path_;
  ResponseCache cache_;
  ResponseCache live_cache_;
};

// Body, its compressed form and its tag.
AnswerPtr make_answer(std::string body, std::string content_type, std::string file_name = {});

}  // namespace rcml::dashboard
