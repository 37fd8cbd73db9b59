#include "lake/table_history.h"

#include <set>

namespace rcml::lake {
namespace {

std::set<std::string> keys_of(const std::vector<DataFile>& files) {
  std::set<std::string> keys;
  for (const DataFile& file : files) keys.insert(live_key(file));
  return keys;
}

void drop_repeats(TableChange& change) {
  const std::set<std::string> removed = keys_of(change.removed);
  const std::set<std::string> added = keys_of(change.added);
  std::erase_if(change.removed, [&](const DataFile& file) { return added.contains(live_key(file)); });
  std::erase_if(change.added, [&](const DataFile& file) { return removed.contains(live_key(file)); });
}

}  // namespace

std::string live_key(const DataFile& file) {
  std::string key = file.path;
  const auto dt = file.partition_values.find("dt");
  const bool tells_date = dt == file.partition_values.end() || key.starts_with("dt=" + dt->second + "/");
  if (!tells_date) key = "dt=" + dt->second + "/" + key;
  return file.deletion_vector_id.empty() ? key : key + "#" + file.deletion_vector_id;
}

std::string dt_of_key(const std::string& key) {
  if (!key.starts_with("dt=")) return {};
  return key.substr(3, key.find('/') - 3);
}

std::vector<TableChange> changes_of(const std::vector<LogEntry>& entries) {
  std::vector<TableChange> changes;
  for (const LogEntry& entry : entries) {
    if (changes.empty() || changes.back().version != entry.version) changes.push_back({entry.version, false, {}, {}});
    TableChange& change = changes.back();
    // A version that says both is taken for a change of data: that is always safe, only slower.
    change.is_data_change = change.is_data_change || entry.is_data_change;
    (entry.is_add ? change.added : change.removed).push_back(entry.file);
  }
  for (TableChange& change : changes) drop_repeats(change);
  return changes;
}

std::map<std::string, std::vector<TableChange>> by_date(const std::vector<TableChange>& changes) {
  std::map<std::string, std::vector<TableChange>> dates;
  for (const TableChange& change : changes) {
    const auto part_of = [&](const DataFile& file) -> TableChange& {
      std::vector<TableChange>& parts = dates[dt_of_key(live_key(file))];
      if (parts.empty() || parts.back().version != change.version)
        parts.push_back({change.version, change.is_data_change, {}, {}});
      return parts.back();
    };
    for (const DataFile& file : change.removed) part_of(file).removed.push_back(file);
    for (const DataFile& file : change.added) part_of(file).added.push_back(file);
  }
  return dates;
}

LiveFiles by_key(const std::vector<DataFile>& files) {
  LiveFiles live;
  for (const DataFile& file : files) live.insert_or_assign(live_key(file), file);
  return live;
}

void apply(const TableChange& change, LiveFiles& live) {
  for (const DataFile& file : change.removed) live.erase(live_key(file));
  for (const DataFile& file : change.added) live.insert_or_assign(live_key(file), file);
}

}  // namespace rcml::lake
