// loader/load.h: brings a warehouse to what the lake holds. Which files is decided in compare.h and plan.h; how rows get
// there is the warehouse's.
//
// A load ends with the ledger naming the live files of the version it looked at, and no others. Killed anywhere, the next
// one goes on from the ledger. Two at once do not disturb each other.
#pragma once

#include <atomic>
#include <string>

#include "loader/comparison.h"
#include "loader/plan.h"

namespace rcml::loader {

struct LoadOptions {
  BatchLimits limits;
  std::string passing_folder;  // See passing_files.h.
  bool compares_all = false;  // The whole ledger with the lake, and not only what changed since the last load.
};

// Moves on while a load runs; read from another thread.
struct LoadProgress {
  std::atomic<int64_t> rows_planned{0};
  std::atomic<int64_t> rows_done{0};
  warehouse::LoadReport report;  // For the thread that loads.
};

// Brings in what is missing and puts right what has changed since. Obeys a stop between two transactions: the rest is the
// next run's. needs_person, with nothing changed, when the warehouse was loaded from another table (its id differs), or
// from a newer version than this one has.
Status load_table(const TablePair& tables, warehouse::Warehouse& target, const LoadOptions& options,
                  LoadProgress& progress);

// Loads the dates of the range again, whatever the ledger says, in one transaction. The whole range makes the warehouse
// one of this lake; for a part of it needs_person as above.
Status replace_dates(const TablePair& tables, const DtRange& range, warehouse::Warehouse& target,
                     const LoadOptions& options, LoadProgress& progress);

// What a load into an empty warehouse would run, as text for people. Touches nothing.
Result<std::string> dry_run(const TablePair& tables, warehouse::Warehouse& target, const LoadOptions& options);

}  // namespace rcml::loader
