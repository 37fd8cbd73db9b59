// contract/cut_columns.h: which columns a person lets lose the end of an over-long text, and how many texts did.
//
// By default such an event is a reject. Where cutting is allowed, the text keeps as many whole code points from its
// beginning as fit into the column's bytes. Ids are never cut: two of them could become one.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "contract/columns.h"
#include "core/result.h"

namespace rcml::contract {

// Texts that were cut, by Column.
using CutCounts = std::array<int64_t, column_count>;

// `names` as a person gave them, each perhaps several with commas between. bad_config names all that may not be cut, why,
// and those that may.
Result<ColumnSet> parse_cut_columns(const std::vector<std::string>& names);

// Adds those of one row to `counts`: CutCounts, or the same of atomics.
template <class Counts>
void count_cuts(ColumnSet cut, Counts& counts) {
  for (size_t column = 0; column < counts.size(); ++column) counts[column] += cut >> column & 1u;
}

// "5 texts cut to their column's length: page 3, geo_city 2"; empty when nothing was.
std::string cuts_text(const CutCounts& counts);

}  // namespace rcml::contract
