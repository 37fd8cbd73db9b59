// warehouse/postgres/libpq_warehouse.h: what PostgreSQL and Redshift have in common: one transaction per load, run again
// until its outcome is known.
//
// A lost connection leaves it open whether COMMIT was done. The next attempt takes the loaders' lock first, which a
// server still busy with the old transaction holds, and then reads the ledger: what is in it was committed.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "warehouse/load_steps.h"
#include "warehouse/parquet_input.h"
#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse {

class LibpqWarehouse : public Warehouse, protected Transaction {
 public:
  LibpqWarehouse(const WarehouseOptions& options, const WarehouseUrl& url, std::unique_ptr<PgConnection> connection);

  Status prepare() override;
  Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files, const std::optional<LedgerView>& view,
                          const std::optional<Goal>& then) override;
  Result<LoadReport> rename(RawTable table, const Renaming& renaming) override;
  Result<LoadReport> replace(RawTable table, const Replacement& replacement) override;
  Result<std::map<std::string, int64_t>> ledger(RawTable table) override;
  Result<std::map<std::string, int64_t>> ledger_of_dates(RawTable table, const std::set<std::string>& dts) override;
  Result<Watermark> watermark(RawTable table) override;
  Result<int64_t> steps(RawTable table) override;
  Result<LoadReport> set_watermark(RawTable table, const Goal& goal) override;
  Result<std::optional<LoadProof>> load_proof(RawTable table) override;
  Status keep_load_proof(RawTable table, const LoadProof& proof) override;
  Result<int64_t> row_count(RawTable table) override;
  Result<std::vector<TextRow>> query(const std::string& sql) override;

 protected:
  // Keeps other loaders out until the transaction ends. The first statement of every transaction that writes.
  virtual Status lock_loaders() = 0;
  // The same for those who create the tables, before there is a table to lock. CREATE … IF NOT EXISTS does not keep two
  // creators from colliding.
  virtual Status lock_creators() = 0;
  // After every (re)connect.
  virtual Status set_up_session() = 0;

  const WarehouseOptions& options() const { return options_; }
  const WarehouseUrl& url() const { return url_; }
  PgConnection& connection() { return *connection_; }

 private:
  using Attempt = std::function<Result<LoadReport>()>;
  Result<LoadReport> run_until_known(const Attempt& attempt);
  Status create_tables();
  Status be_connected();
  Result<LoadReport> run_once(const Attempt& attempt);
  Target target() const override { return url_.target; }
  Result<std::vector<TextRow>> select(const std::string& sql) override;
  Status run(const std::string& sql) override;
  Result<bool> has_tables(const std::vector<std::string>& names);  // Of schema raw.
  Result<std::vector<FoundColumn>> found_columns(const std::string& name);

  WarehouseOptions options_;
  WarehouseUrl url_;
  std::unique_ptr<PgConnection> connection_;
  LoadReport in_doubt_;  // Of a transaction whose COMMIT was sent and not answered.
  bool has_doubt_ = false;
  bool is_session_set_up_ = false;
};

}  // namespace rcml::warehouse
