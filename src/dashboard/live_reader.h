// dashboard/live_reader.h: the "Right now" view: the lake's newest events, minutes before any mart has them.
//
// Each new file that the log names is read once into a table in memory, which holds the last half hour (and never more
// than kLiveRowsMax events: under a heavy load the window gets shorter and says so). An event_id counts once. Nothing is
// read while nobody looks: a request brings the table up to date, at most once per kPollEveryMs.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>

#include "core/ids.h"
#include "core/result.h"
#include "dashboard/duckdb_database.h"
#include "dashboard/lake_feed.h"

namespace rcml::dashboard {

inline constexpr int64_t kLiveWindowMs = 30 * 60 * 1000;
inline constexpr int64_t kLiveRowsMax = 1'000'000;
inline constexpr int64_t kPollEveryMs = 500;

class LiveReader {
 public:
  // `feed` must outlive the reader.
  static Result<std::unique_ptr<LiveReader>> create(LakeFeed& feed);

  // JSON of the view as of `now`. Thread-safe; callers wait for each other.
  Result<std::string> live_json(UtcMicros now);
  // JSON of the lake's part of the pipeline view: versions, files, marks, rejects by reason with samples.
  Result<std::string> lake_json(UtcMicros now);

 private:
  LiveReader(LakeFeed& feed, std::unique_ptr<DuckdbDatabase> database) : feed_(feed), database_(std::move(database)) {}
  Status refresh(int64_t now_ms);
  Status read_new_files(const std::vector<LakeFile>& files, int64_t now_ms);
  Status forget_old(int64_t now_ms);
  Result<Table> newest_rejects(const std::string& select, const std::string& tail) const;

  LakeFeed& feed_;
  std::unique_ptr<DuckdbDatabase> database_;
  std::mutex mutex_;
  LakeState lake_;
  int64_t refreshed_at_ms_ = 0;
  std::set<std::string> read_paths_;  // Of the files inside the window.
};

}  // namespace rcml::dashboard
