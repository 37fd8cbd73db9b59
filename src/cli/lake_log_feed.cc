#include "cli/lake_log_feed.h"
#include "sink/marks.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace rcml::cli {
namespace {

constexpr size_t kRejectFilesKept = 50;

}  // namespace

Status TableFollower::start() {
  live_.clear();
  newest_.clear();
  totals_ = {};
  RCML_TRY(std::vector<lake::DataFile> files, table_.live_files());
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.modified_at_ms < b.modified_at_ms; });
  for (const auto& file : files) add(file, true);
  seen_ = table_.version();
  is_started_ = true;
  const int64_t first = std::max<int64_t>(0, seen_.value - static_cast<int64_t>(dashboard::kCommitsMax) + 1);
  const auto entries = table_.log(TableVersion(first));
  if (!entries.ok()) return {};  // Cleaned up: the commits that come are shown.
  for (const auto& entry : *entries) note_commit(entry);
  return {};
}

void TableFollower::note_commit(const lake::LogEntry& entry) {
  if (!entry.is_add || !entry.is_data_change) return;
  auto& commits = totals_.newest_commits;
  if (commits.empty() || commits.front().version != entry.version.value) {
    commits.insert(commits.begin(), {.version = entry.version.value});
    if (commits.size() > dashboard::kCommitsMax) commits.pop_back();
  }
  commits.front().file_count += 1;
  commits.front().row_count += lake::known_rows(entry.file);
  commits.front().committed_at_ms = std::max(commits.front().committed_at_ms, entry.file.modified_at_ms);
}

Status TableFollower::read_log(TableVersion from) {
  RCML_TRY(const std::vector<lake::LogEntry> entries, table_.log(from));
  for (const lake::LogEntry& entry : entries) note_commit(entry);
  for (const lake::TableChange& change : lake::changes_of(entries)) {
    for (const lake::DataFile& file : change.removed) remove(file);
    for (const lake::DataFile& file : change.added) add(file, change.is_data_change);
  }
  seen_ = table_.version();
  return {};
}

Status TableFollower::follow(int64_t since_ms, size_t files_kept_min) {
  RCML_OK(table_.refresh());
  if (!is_started_) {
    RCML_OK(start());
  } else if (table_.version() > seen_ && !read_log(TableVersion(seen_.value + 1)).ok()) {
    RCML_OK(start());  // The log has been cleaned up past what we had seen: take the state as it is.
  }
  while (newest_.size() > files_kept_min && newest_.back().modified_at_ms < since_ms) newest_.pop_back();
  totals_.version = table_.version().value;
  return {};
}

void TableFollower::add(const lake::DataFile& file, bool is_new_data) {
  if (!live_.emplace(lake::live_key(file), file).second) return;
  totals_.file_count += 1;
  totals_.row_count += lake::known_rows(file);
  totals_.bytes += file.bytes;
  if (!is_new_data) return;
  totals_.committed_at_ms = std::max(totals_.committed_at_ms, file.modified_at_ms);
  newest_.push_front(file);
}

void TableFollower::remove(const lake::DataFile& gone) {
  const std::string key = lake::live_key(gone);
  const auto it = live_.find(key);
  if (it == live_.end()) return;
  totals_.file_count -= 1;
  totals_.row_count -= lake::known_rows(it->second);
  totals_.bytes -= it->second.bytes;
  live_.erase(it);
  std::erase_if(newest_, [&](const auto& file) { return lake::live_key(file) == key; });
}

LakeLogFeed::~LakeLogFeed() {
  std::error_code ignored;
  if (!copies_dir_.empty()) std::filesystem::remove_all(copies_dir_, ignored);
}

Status LakeLogFeed::open() {
  if (clicks_) return {};
  RCML_TRY(tables_, lake::open_lake(lake_url_));
  clicks_ = std::make_unique<TableFollower>(*tables_.clicks);
  rejects_ = std::make_unique<TableFollower>(*tables_.rejects);
  return {};
}

Result<dashboard::LakeState> LakeLogFeed::poll(int64_t committed_since_ms) {
  RCML_OK(open());
  RCML_OK(clicks_->follow(committed_since_ms, 0));
  RCML_OK(rejects_->follow(INT64_MAX, kRejectFilesKept));
  for (auto& [name, copy] : copies_) copy.is_used = false;
  dashboard::LakeState state;
  RCML_TRY(state.clicks, state_of(*clicks_, *tables_.clicks, "clicks"));
  RCML_TRY(state.rejects, state_of(*rejects_, *tables_.rejects, "rejects"));
  drop_unused_copies();
  RCML_TRY(const lake::Marks marks, tables_.clicks->marks(""));
  for (const auto& [source, next] : marks) {
    if (sink::is_offset_mark(source)) state.marks.push_back({source, next});
  }
  return state;
}

Result<dashboard::LakeTableState> LakeLogFeed::state_of(const TableFollower& follower, const lake::Table& table,
                                                        const std::string& name) {
  dashboard::LakeTableState state = follower.totals();
  for (const auto& file : follower.newest()) {
    RCML_TRY(std::string path, local_path(table, name, file));
    state.newest_files.push_back({std::move(path), lake::known_rows(file), file.bytes, file.modified_at_ms});
  }
  return state;
}

Result<std::string> LakeLogFeed::local_path(const lake::Table& table, const std::string& name,
                                            const lake::DataFile& file) {
  if (table.location().is_local()) return table.location().absolute(file.path);
  const std::string key = name + '/' + file.path;
  if (const auto it = copies_.find(key); it != copies_.end()) {
    it->second.is_used = true;
    return it->second.path;
  }
  if (copies_dir_.empty()) {
    std::string pattern = (std::filesystem::temp_directory_path() / "rcml-dashboard-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) return os_error("make", pattern);
    copies_dir_ = pattern;
  }
  RCML_TRY(const auto input, table.location().read(file.path));
  const auto bytes = input->ReadAt(0, file.bytes);
  if (!bytes.ok()) return unavailable("cannot read " + file.path + " of the lake: " + bytes.status().message());
  const std::string path = copies_dir_ + '/' + std::to_string(std::hash<std::string>()(key)) + ".parquet";
  std::ofstream out(path, std::ios::binary);
  out.write(reinterpret_cast<const char*>((*bytes)->data()), (*bytes)->size());
  out.close();
  if (!out) return os_error("write", path);
  copies_[key] = {path, true};
  return path;
}

void LakeLogFeed::drop_unused_copies() {
  for (auto it = copies_.begin(); it != copies_.end();) {
    if (it->second.is_used) {
      ++it;
      continue;
    }
    std::error_code ignored;
    std::filesystem::remove(it->second.path, ignored);
    it = copies_.erase(it);
  }
}

}  // namespace rcml::cli
