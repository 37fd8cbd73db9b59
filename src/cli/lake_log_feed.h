// cli/lake_log_feed.h: what the live page knows of the lake, read from the lake's log.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>

#include "dashboard/lake_feed.h"
#include "lake/schemas.h"
#include "lake/table_history.h"

namespace rcml::cli {

// Follows one table's log: its totals, and the files added last. Files that compaction wrote hold no new rows and are
// not among them.
class TableFollower {
 public:
  explicit TableFollower(lake::Table& table) : table_(table) {}
  // Forgets new files committed before `since_ms`, but never the newest `files_kept_min`.
  Status follow(int64_t since_ms, size_t files_kept_min);
  const dashboard::LakeTableState& totals() const { return totals_; }
  const std::deque<lake::DataFile>& newest() const { return newest_; }  // Newest first.

 private:
  Status start();
  Status read_log(TableVersion from);
  void add(const lake::DataFile& file, bool is_new_data);
  void remove(const lake::DataFile& file);
  void note_commit(const lake::LogEntry& entry);

  lake::Table& table_;
  bool is_started_ = false;
  TableVersion seen_{-1};
  lake::LiveFiles live_;
  std::deque<lake::DataFile> newest_;
  dashboard::LakeTableState totals_;
};

// Opens the lake when first asked, and again until it is there: the page may be started before the first commit.
// Files of an S3 lake are copied to a folder of the system's temporary place while the page needs them.
class LakeLogFeed : public dashboard::LakeFeed {
 public:
  explicit LakeLogFeed(std::string lake_url) : lake_url_(std::move(lake_url)) {}
  ~LakeLogFeed() override;
  Result<dashboard::LakeState> poll(int64_t committed_since_ms) override;

 private:
  Status open();
  Result<dashboard::LakeTableState> state_of(const TableFollower& follower, const lake::Table& table,
                                             const std::string& name);
  Result<std::string> local_path(const lake::Table& table, const std::string& name, const lake::DataFile& file);
  void drop_unused_copies();

  const std::string lake_url_;
  lake::LakeTables tables_;
  std::unique_ptr<TableFollower> clicks_;
  std::unique_ptr<TableFollower> rejects_;
  std::string copies_dir_;
  struct Copy {
    std::string path;
    bool is_used = true;
  };
  std::map<std::string, Copy> copies_;  // By table and path in the lake.
};

}  // namespace rcml::cli
