// dashboard/lake_feed.h: what the page needs to know of the lake. The page knows nothing of Delta or S3; who wires it
// (src/cli/dashboard.cc) implements this over the lake's log.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"

namespace rcml::dashboard {

inline constexpr size_t kCommitsMax = 20;

struct LakeFile {
  std::string path;  // Absolute on the local disk, readable until the next poll.
  int64_t row_count = 0;
  int64_t bytes = 0;
  int64_t committed_at_ms = 0;
};

struct LakeCommit {  // One version of the table that brought rows.
  int64_t version = 0;
  int64_t file_count = 0;
  int64_t row_count = 0;
  int64_t committed_at_ms = 0;
};

struct LakeTableState {
  int64_t version = -1;
  int64_t file_count = 0;
  int64_t row_count = 0;
  int64_t bytes = 0;
  int64_t committed_at_ms = 0;        // Newest file's; 0 when there is none.
  std::vector<LakeFile> newest_files; // Newest first, those committed after the time asked for.
  std::vector<LakeCommit> newest_commits;  // Newest first, at most kCommitsMax; what the log still has.
};

struct LakeMark {  // How far one source partition is committed.
  std::string source;  // "<group>/<topic>/<partition>"
  int64_t next_offset = 0;
};

struct LakeState {
  LakeTableState clicks;
  LakeTableState rejects;
  std::vector<LakeMark> marks;
};

class LakeFeed {
 public:
  virtual ~LakeFeed() = default;
  // Brings itself up to date with the log. Called from one thread at a time.
  virtual Result<LakeState> poll(int64_t committed_since_ms) = 0;
};

}  // namespace rcml::dashboard
