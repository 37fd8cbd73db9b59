#include "loader/plan.h"

#include <algorithm>

#include "core/clock.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::dt_of_key;
using lake::live_key;

std::string dt_of(const DataFile& file) { return dt_of_key(live_key(file)); }

template <class Item>
void append(std::vector<Item>& all, const std::vector<Item>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

std::vector<std::vector<DataFile>> batches_of(const std::vector<DataFile>& files, const BatchLimits& limits) {
  std::vector<std::vector<DataFile>> batches;
  int64_t bytes = 0;
  for (const DataFile& file : files) {
    const bool is_full = !batches.empty() && (bytes + file.bytes > limits.bytes_max ||
                                              static_cast<int64_t>(batches.back().size()) >= limits.files_max);
    if (batches.empty() || is_full) {
      batches.emplace_back();
      bytes = 0;
    }
    batches.back().push_back(file);
    bytes += file.bytes;
  }
  return batches;
}

Result<DtRange> parse_dt_range(const std::string& text) {
  if (text == "all") return DtRange::all();
  const size_t dots = text.find("..");
  const DtRange range{text.substr(0, dots), dots == std::string::npos ? text : text.substr(dots + 2)};
  const bool is_valid =
      parse_dt(range.first).has_value() && parse_dt(range.last).has_value() && range.first <= range.last;
  if (!is_valid) {
    return bad_config("\"" + text + "\" is no range of dates",
                      "Write it as --replace-dt 2025-08-01..2025-08-31, one date, or all");
  }
  return range;
}

std::vector<DateGroup> groups_of(const std::set<std::string>& dts, const lake::LiveFiles& live,
                                 const BatchLimits& limits) {
  std::map<std::string, std::vector<DataFile>> files_of;
  for (const std::string& dt : dts) files_of[dt];
  for (const auto& [key, file] : live) {
    const auto it = files_of.find(dt_of_key(key));
    if (it != files_of.end()) it->second.push_back(file);
  }
  std::vector<DateGroup> groups;
  int64_t bytes = 0;
  for (const auto& [dt, files] : files_of) {
    int64_t more = 0;
    for (const DataFile& file : files) more += file.bytes;
    const bool has_room = !groups.empty() && bytes + more <= limits.bytes_max &&
                          static_cast<int64_t>(groups.back().files.size() + files.size()) <= limits.files_max;
    if (!has_room) {
      groups.emplace_back();
      bytes = 0;
    }
    groups.back().dts.push_back(dt);
    append(groups.back().files, files);
    bytes += more;
  }
  return groups;
}

std::set<std::string> dates_within(const DtRange& range, const Ledger& ledger, const lake::LiveFiles& live) {
  std::set<std::string> dts;
  for (const auto& [key, file] : live) dts.insert(dt_of_key(key));
  for (const auto& [key, rows] : ledger) dts.insert(dt_of_key(key));
  std::erase_if(dts, [&](const std::string& dt) { return dt.empty() || !range.contains(dt); });
  return dts;
}

int64_t LoadPlan::row_count() const {
  int64_t rows = 0;
  for (const DataFile& file : files) rows += lake::known_rows(file);
  return rows;
}

LoadPlan plan_load(const std::map<std::string, DateDifference>& differences) {
  LoadPlan plan;
  for (const auto& [dt, date] : differences) {
    if (date.need != DateNeed::files) {
      plan.again.insert(dt);
      continue;
    }
    append(plan.files, date.missing);
    append(plan.files, date.merged_away);
    append(plan.renamed_from, date.renamed_from);
    append(plan.renamed_to, date.renamed_to);
    for (const DataFile& file : date.merged_away) plan.merged_away.insert(live_key(file));
  }
  return plan;
}

std::vector<DateNames> renamings_of(const LoadPlan& plan, size_t lines_max) {
  std::map<std::string, DateNames> dates;
  for (const std::string& key : plan.renamed_from) dates[dt_of_key(key)].from.push_back(key);
  for (const DataFile& file : plan.renamed_to) dates[dt_of(file)].to.push_back(file);
  std::vector<DateNames> renamings;
  for (const auto& [dt, names] : dates) {
    const bool has_room = !renamings.empty() && renamings.back().from.size() + names.from.size() <= lines_max;
    if (!has_room) renamings.emplace_back();
    renamings.back().dts.push_back(dt);
    append(renamings.back().from, names.from);
    append(renamings.back().to, names.to);
  }
  return renamings;
}

LoadPlan without_gone(LoadPlan plan, const std::set<std::string>& gone) {
  std::set<std::string> dts;
  for (const std::string& key : gone) dts.insert(dt_of_key(key));
  plan.again.insert(dts.begin(), dts.end());
  const auto is_again = [&](const DataFile& file) { return dts.contains(dt_of(file)); };
  std::erase_if(plan.files, is_again);
  std::erase_if(plan.renamed_to, is_again);
  std::erase_if(plan.renamed_from, [&](const std::string& key) { return dts.contains(dt_of_key(key)); });
  std::erase_if(plan.merged_away, [&](const std::string& key) { return dts.contains(dt_of_key(key)); });
  return plan;
}

warehouse::LedgerView view_of(const std::vector<DataFile>& batch, const LoadPlan& plan, const Ledger& ledger) {
  warehouse::LedgerView view;
  for (const DataFile& file : batch) view.dts.insert(dt_of(file));
  for (const auto& [key, rows] : ledger) {
    if (view.dts.contains(dt_of_key(key))) view.lines.insert(key);
  }
  for (const DataFile& file : plan.files) {
    if (view.dts.contains(dt_of(file))) view.planned.insert(live_key(file));
  }
  return view;
}

}  // namespace rcml::loader
