// loader/comparison.h: reads what compare.h needs, and no more of it than is needed.
//
// A watermark with the id of the lake's table says that at its version the ledger named exactly the live files. Then only
// what changed since is read, of the lake and of the ledger. Otherwise (the first load, rcml 0.1, a history that was
// cleaned up) the whole ledger is compared with all live files.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "lake/delta/table.h"
#include "lake/parquet/column_file.h"
#include "loader/compare.h"
#include "warehouse/warehouse.h"

namespace rcml::loader {

// One lake table and the raw table it goes into.
struct TablePair {
  lake::Table& lake;
  std::vector<lake::FileColumn> columns;  // Of the lake table's files.
  warehouse::RawTable raw;
};

const char* name_of(warehouse::RawTable table);  // "raw_clicks"

Result<lake::LiveFiles> live_files_by_key(const lake::Table& table);

// needs_person when the warehouse was loaded from another table, or from a newer version than the table has.
Status check_same_table(const TablePair& tables, const warehouse::Watermark& mark);

struct Comparison {
  Ledger ledger;  // Its lines, at least of the dates that differ.
  std::map<std::string, DateDifference> dates;
};

// By what changed since the last load, where that explains the ledger; else of everything.
Result<Comparison> compare_new(const TablePair& tables, warehouse::Warehouse& target, const warehouse::Watermark& mark);
// Of everything. needs_person when the ledger of a warehouse without an id names no file that the table ever had.
Result<Comparison> compare_all(const TablePair& tables, warehouse::Warehouse& target, const warehouse::Watermark& mark);

// How all live files and a whole ledger differ. The history is read as far back as it is needed.
Result<std::map<std::string, DateDifference>> differences_now(const lake::Table& table, const Ledger& ledger,
                                                              const lake::LiveFiles& live, TableVersion loaded);

}  // namespace rcml::loader
