#include "loader/compare.h"

#include <algorithm>

#include "loader/followed_date.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::LiveFiles;
using lake::TableChange;

template <class Value>
std::map<std::string, std::map<std::string, Value>> by_date(const std::map<std::string, Value>& all) {
  std::map<std::string, std::map<std::string, Value>> dates;
  for (const auto& [key, value] : all) dates[lake::dt_of_key(key)].emplace(key, value);
  return dates;
}

bool are_live(const Ledger& lines, const LiveFiles& live) {
  return std::ranges::all_of(lines, [&](const auto& line) { return live.contains(line.first); });
}

std::vector<DataFile> values_of(const LiveFiles& files) {
  std::vector<DataFile> values;
  for (const auto& [key, file] : files) values.push_back(file);
  return values;
}

DateDifference missing_files(const std::string& dt, const Ledger& lines, const LiveFiles& live) {
  DateDifference difference{dt};
  for (const auto& [key, file] : live) {
    if (!lines.contains(key)) difference.missing.push_back(file);
  }
  return difference;
}

bool is_end_of(const FollowedDate& date, const LiveFiles& live) {
  const std::set<std::string> keys = date.live_keys();
  return keys.size() == live.size() &&
         std::ranges::all_of(live, [&](const auto& entry) { return keys.contains(entry.first); });
}

// Where the rows of a file to load are not known the warehouse counts them, and stops when they do not fit. A new name is
// entered without looking at its file, so its rows must be known.
bool are_equal_rows(const DateDifference& date, const Ledger& lines) {
  const auto is_unknown = [](const DataFile& file) { return file.row_count == lake::kRowsUnknown; };
  if (std::ranges::any_of(date.renamed_to, is_unknown)) return false;
  int64_t balance = 0;
  for (const std::string& key : date.renamed_from) balance += lines.contains(key) ? lines.at(key) : 0;
  for (const DataFile& file : date.merged_away) {
    if (file.row_count == lake::kRowsUnknown) return true;
    balance += file.row_count;
  }
  for (const DataFile& file : date.renamed_to) balance -= file.row_count;
  return balance == 0;
}

FollowedDate followed(const Ledger& lines, const std::vector<TableChange>& changes) {
  FollowedDate date(lines);
  for (const TableChange& change : changes) date.follow(change);
  return date;
}

// `files` has every file that may be renamed to.
DateDifference difference_of(const std::string& dt, const FollowedDate& date, const Ledger& lines,
                             const LiveFiles& files) {
  if (date.has_too_much()) return {dt, DateNeed::again};
  DateDifference difference{dt};
  difference.missing = values_of(date.missing());
  difference.merged_away = values_of(date.merged_away());
  for (const auto& [key, rows] : lines) {
    if (!date.held().contains(key)) difference.renamed_from.push_back(key);
  }
  for (const auto& [key, file] : date.merged_away()) difference.renamed_from.push_back(key);
  for (const std::string& key : date.held()) {
    if (!lines.contains(key)) difference.renamed_to.push_back(files.at(key));
  }
  if (!are_equal_rows(difference, lines)) return {dt, DateNeed::again};
  return difference;
}

// The live files have their rows counted.
DateDifference explained(const std::string& dt, const Ledger& lines, const LiveFiles& live,
                         const std::vector<TableChange>& changes) {
  const FollowedDate date = followed(lines, changes);
  if (!date.is_explained() || !is_end_of(date, live)) return {dt, DateNeed::unexplained};
  return difference_of(dt, date, lines, live);
}

DateDifference explained_since(const std::string& dt, const Ledger& lines, const std::vector<TableChange>& changes) {
  const FollowedDate date = followed(lines, changes);
  if (!date.is_explained()) return {dt, DateNeed::unexplained};
  LiveFiles added;
  for (const TableChange& change : changes) {
    for (const DataFile& file : change.added) added.insert_or_assign(lake::live_key(file), file);
  }
  return difference_of(dt, date, lines, added);
}

bool needs_something(const DateDifference& date) {
  return date.need != DateNeed::files || !date.missing.empty() || !date.merged_away.empty() ||
         !date.renamed_from.empty();
}

}  // namespace

std::map<std::string, DateDifference> differences(const Ledger& ledger, const LiveFiles& live,
                                                  const std::vector<TableChange>& changes) {
  auto lines_of = by_date(ledger);
  auto live_of = by_date(live);
  const auto changes_of = lake::by_date(changes);
  const std::vector<TableChange> none;
  std::set<std::string> dts;
  for (const auto& [dt, lines] : lines_of) dts.insert(dt);
  for (const auto& [dt, files] : live_of) dts.insert(dt);
  std::map<std::string, DateDifference> found;
  for (const std::string& dt : dts) {
    const Ledger& lines = lines_of[dt];
    const LiveFiles& files = live_of[dt];
    const auto changed = changes_of.find(dt);
    DateDifference date = are_live(lines, files)
                              ? missing_files(dt, lines, files)
                              : explained(dt, lines, files, changed == changes_of.end() ? none : changed->second);
    if (needs_something(date)) found.emplace(dt, std::move(date));
  }
  return found;
}

std::map<std::string, DateDifference> differences_since(const Ledger& ledger, const std::vector<TableChange>& changes) {
  const auto lines_of = by_date(ledger);
  const Ledger none;
  std::map<std::string, DateDifference> found;
  for (const auto& [dt, changed] : lake::by_date(changes)) {
    const auto lines = lines_of.find(dt);
    DateDifference date = explained_since(dt, lines == lines_of.end() ? none : lines->second, changed);
    if (needs_something(date)) found.emplace(dt, std::move(date));
  }
  return found;
}

bool needs_history(const Ledger& ledger, const LiveFiles& live) { return !are_live(ledger, live); }

bool has_unexplained(const std::map<std::string, DateDifference>& differences) {
  return std::ranges::any_of(differences, [](const auto& entry) { return entry.second.need == DateNeed::unexplained; });
}

}  // namespace rcml::loader
