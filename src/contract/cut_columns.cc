#include "contract/cut_columns.h"

#include <algorithm>
#include <numeric>

namespace rcml::contract {
namespace {

std::string names_that_may_be_cut() {
  std::string names;
  for (const ColumnSpec& column : kColumns) {
    if (column.may_be_cut) names.append(names.empty() ? "" : ", ").append(column.name);
  }
  return names;
}

std::string why_not(const ColumnSpec& column) {
  if (column.origin == ColumnOrigin::lineage) return "is not read from events";
  if (column.type != ColumnType::text) return "is no text";
  return column.name == kColumns[extra].name ? "is JSON, which has no end to lose"
                                             : "is an id, and two could become one";
}

// Adds the column of that name to `set`, or a sentence to `faults`.
void take_name(const std::string& name, ColumnSet& set, std::string& faults) {
  const auto* const column =
      std::find_if(kColumns.begin(), kColumns.end(), [&](const auto& c) { return c.name == name; });
  if (column != kColumns.end() && column->may_be_cut) {
    set = with(set, static_cast<Column>(column - kColumns.begin()));
    return;
  }
  faults.append(faults.empty() ? "" : "\n").append("--truncate: ").append(name).append(" ");
  faults.append(column == kColumns.end() ? "is no column of an event" : why_not(*column));
}

}  // namespace

Result<ColumnSet> parse_cut_columns(const std::vector<std::string>& names) {
  ColumnSet set = 0;
  std::string faults;
  for (const std::string& given : names) {
    for (size_t from = 0; from <= given.size();) {
      const size_t comma = std::min(given.find(',', from), given.size());
      if (comma > from) take_name(given.substr(from, comma - from), set, faults);
      from = comma + 1;
    }
  }
  if (faults.empty()) return set;
  return bad_config(faults, "Columns that may be cut: " + names_that_may_be_cut());
}

std::string cuts_text(const CutCounts& counts) {
  const int64_t total = std::accumulate(counts.begin(), counts.end(), int64_t{0});
  if (total == 0) return {};
  std::string text = std::to_string(total) + " texts cut to their column's length:";
  const char* separator = " ";
  for (size_t column = 0; column < counts.size(); ++column) {
    if (counts[column] == 0) continue;
    text.append(separator).append(kColumns[column].name).append(" ").append(std::to_string(counts[column]));
    separator = ", ";
  }
  return text;
}

}  // namespace rcml::contract
