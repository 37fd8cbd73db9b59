// loader/followed_date.h: one date of a warehouse, followed through the changes of the lake's table. Pure.
//
// At the start nothing but the ledger is known. Each change moves the date on, as if the warehouse took part in it: added
// files are missing, unless their rows are there already; a merge of files that are held is held under the new names; a
// deletion of a held file leaves rows too many, until a later change brings the file back.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lake/table_history.h"

namespace rcml::loader {

class FollowedDate {
 public:
  // `lines`: the ledger's lines of this date.
  explicit FollowedDate(const std::map<std::string, int64_t>& lines);

  // The part of one change that concerns this date.
  void follow(const lake::TableChange& change);

  // True when every file that a change removed was known: otherwise the history begins too late.
  bool is_explained() const { return is_explained_; }
  // Rows are held that the lake has no more.
  bool has_too_much() const { return !too_much_.empty(); }
  std::set<std::string> live_keys() const;
  const lake::LiveFiles& missing() const { return missing_; }
  // Missing files whose rows a merge put into one file with rows that are held.
  const lake::LiveFiles& merged_away() const { return merged_away_; }
  // Under the names that the lake has for it.
  const std::set<std::string>& held() const { return held_; }

 private:
  void follow_data(const lake::TableChange& change);
  void follow_merge(const lake::TableChange& change);
  void give_up(const std::string& key);
  bool is_same_row_count(const lake::TableChange& change) const;

  std::map<std::string, int64_t> rows_;  // Of every file met so far, where known.
  std::set<std::string> held_;
  std::set<std::string> too_much_;
  lake::LiveFiles missing_;
  lake::LiveFiles merged_away_;
  bool is_explained_ = true;
};

}  // namespace rcml::loader
