// lake/table_history.h: what each version of a table changed in what is live, in order. Pure.
//
// "Table history" is Delta's log; "log" alone is the log of events. A file is live under its path and its deletion vector:
// a DELETE may keep the path and only add a vector, and a RESTORE may bring both a path and a vector back. Within one
// version the order of actions means nothing: what is removed goes first.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/delta/table.h"

namespace rcml::lake {

struct TableChange {
  TableVersion version;
  bool is_data_change = true;  // false: the added files hold the rows of the removed ones, no more and no less.
  std::vector<DataFile> removed;
  std::vector<DataFile> added;
};

// "dt=2025-08-24/x.parquet", and with a deletion vector "dt=2025-08-24/x.parquet#<id>". Begins with the file's date whatever
// its path does, so that the lines of a date can be found in a ledger.
std::string live_key(const DataFile& file);

// Date of a key; empty when it tells none.
std::string dt_of_key(const std::string& key);

// One for each version that changed files, oldest first. A file that a version both removes and adds under one key has
// only been described again and is left out.
std::vector<TableChange> changes_of(const std::vector<LogEntry>& entries);

// The same, cut into dates. A change is listed under each date that it touches, with that date's files only.
std::map<std::string, std::vector<TableChange>> by_date(const std::vector<TableChange>& changes);

using LiveFiles = std::map<std::string, DataFile>;  // By live_key.

LiveFiles by_key(const std::vector<DataFile>& files);

// Moves `live` on by one version.
void apply(const TableChange& change, LiveFiles& live);

}  // namespace rcml::lake
