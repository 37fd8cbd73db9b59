// warehouse/load_steps.h: what a load does inside its transaction, the same on every target. The target opens the
// transaction, keeps other loaders out of it, and commits.
#pragma once

#include <string>
#include <vector>

#include "warehouse/ledger_sql.h"

namespace rcml::warehouse {

// One that is open.
class Transaction {
 public:
  virtual ~Transaction() = default;
  virtual Target target() const = 0;
  virtual Result<std::vector<Warehouse::TextRow>> select(const std::string& sql) = 0;
  virtual Status run(const std::string& sql) = 0;
  // Rows of these files into the raw table.
  virtual Status insert_rows(RawTable table, const std::vector<LakeFile>& files) = 0;
};

Status run_all(Transaction& open, const std::vector<std::string>& statements);

// See Warehouse::load, rename, replace and set_watermark. The files of one load differ from each other.
Result<LoadReport> load_missing(Transaction& open, RawTable table, const std::vector<LakeFile>& files,
                                const std::optional<LedgerView>& view, const std::optional<Goal>& then);
Result<LoadReport> rename_lines(Transaction& open, RawTable table, const Renaming& renaming);
Result<LoadReport> replace_rows(Transaction& open, RawTable table, const Replacement& replacement);
Result<LoadReport> raise_watermark(Transaction& open, RawTable table, const Goal& goal);

}  // namespace rcml::warehouse
