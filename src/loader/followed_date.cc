#include "loader/followed_date.h"

#include <algorithm>
#include <optional>

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::live_key;

// Nothing when the number of one is not known.
std::optional<int64_t> sum_of(const std::vector<DataFile>& files, const std::map<std::string, int64_t>& known) {
  int64_t sum = 0;
  for (const DataFile& file : files) {
    const auto it = known.find(live_key(file));
    const int64_t rows = it != known.end() ? it->second : file.row_count;
    if (rows == lake::kRowsUnknown) return std::nullopt;
    sum += rows;
  }
  return sum;
}

}  // namespace

FollowedDate::FollowedDate(const std::map<std::string, int64_t>& lines) : rows_(lines) {
  for (const auto& [key, rows] : lines) held_.insert(key);
}

void FollowedDate::follow(const lake::TableChange& change) {
  for (const DataFile& file : change.added) {
    if (file.row_count != lake::kRowsUnknown) rows_.try_emplace(live_key(file), file.row_count);
  }
  const bool is_merge = !change.is_data_change && is_same_row_count(change);
  is_merge ? follow_merge(change) : follow_data(change);
}

// A merge that lost or won rows is none.
bool FollowedDate::is_same_row_count(const lake::TableChange& change) const {
  const std::optional<int64_t> before = sum_of(change.removed, rows_);
  const std::optional<int64_t> after = sum_of(change.added, rows_);
  if (change.removed.empty() || change.added.empty()) return false;
  return !before || !after || *before == *after;
}

void FollowedDate::give_up(const std::string& key) {
  if (missing_.erase(key) > 0) return;
  if (held_.erase(key) == 0) {
    is_explained_ = false;
    return;
  }
  too_much_.insert(key);
}

void FollowedDate::follow_data(const lake::TableChange& change) {
  for (const DataFile& file : change.removed) give_up(live_key(file));
  for (const DataFile& file : change.added) {
    const std::string key = live_key(file);
    if (too_much_.erase(key) > 0) {
      held_.insert(key);  // A RESTORE.
    } else if (!held_.contains(key)) {
      missing_.insert_or_assign(key, file);
    }
  }
}

void FollowedDate::follow_merge(const lake::TableChange& change) {
  const auto is_held = [&](const DataFile& file) { return held_.contains(live_key(file)); };
  const auto is_missing = [&](const DataFile& file) { return missing_.contains(live_key(file)); };
  const auto is_known = [&](const DataFile& file) { return is_held(file) || is_missing(file); };
  const bool holds_some = std::ranges::any_of(change.removed, is_held);
  // What came out of the merge was loaded already, or the beginning is not known: names alone do not tell what is held.
  const bool is_done_already =
      std::ranges::none_of(change.removed, is_known) && std::ranges::all_of(change.added, is_held);
  if (is_done_already) return;
  const bool is_plain =
      holds_some && std::ranges::none_of(change.added, is_held) && std::ranges::all_of(change.removed, is_known);
  if (!is_plain) return follow_data(change);
  for (const DataFile& file : change.removed) {
    const std::string key = live_key(file);
    if (auto node = missing_.extract(key)) merged_away_.insert(std::move(node));
    held_.erase(key);
  }
  for (const DataFile& file : change.added) held_.insert(live_key(file));
}

std::set<std::string> FollowedDate::live_keys() const {
  std::set<std::string> keys = held_;
  for (const auto& [key, file] : missing_) keys.insert(key);
  return keys;
}

}  // namespace rcml::loader
