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

#include "warehouse/ledger_sql.h"
#include "warehouse/parquet_input.h"
#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse {

class LibpqWarehouse : public Warehouse {
 public:
  LibpqWarehouse(const WarehouseOptions& options, const WarehouseUrl& url, std::unique_ptr<PgConnection> connection);

  Status prepare() override;
  Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files) override;
  Result<LoadReport> replace(RawTable table, const Replacement& replacement) override;
  Result<std::map<std::string, int64_t>> ledger(RawTable table) override;
  Result<TableVersion> watermark(RawTable table) override;
  Status set_watermark(RawTable table, TableVersion version) override;
  Result<int64_t> row_count(RawTable table) override;
  Result<std::vector<TextRow>> query(const std::string& sql) override;

 protected:
  // Keeps other loaders out until the transaction ends. The first statement of every transaction that writes.
  virtual Status lock_loaders() = 0;
  // The same for those who create the tables, before there is a table to lock. CREATE … IF NOT EXISTS does not keep two
  // creators from colliding.
  virtual Status lock_creators() = 0;
  // Rows of these files into the raw table, inside the open transaction.
  virtual Status insert_rows(RawTable table, const std::vector<LakeFile>& files) = 0;
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
  Result<LoadReport> load_missing(RawTable table, const std::vector<LakeFile>& files);
  Result<LoadReport> replace_rows(RawTable table, const Replacement& replacement);
  Status enter(RawTable table, const std::vector<LakeFile>& files);
  Result<bool> has_all_tables();
  Result<std::vector<FoundColumn>> found_columns(const RawTableSpec& spec);

  WarehouseOptions options_;
  WarehouseUrl url_;
  std::unique_ptr<PgConnection> connection_;
  LoadReport in_doubt_;  // Of a transaction whose COMMIT was sent and not answered.
  bool has_doubt_ = false;
  bool is_session_set_up_ = false;
};

}  // namespace rcml::warehouse
