// warehouse/postgres/postgres_warehouse.cc: PostgreSQL 15 and newer: binary COPY straight from the Parquet file's
// batches, so that memory holds one row group and one buffer whatever the file's size.
#include <arrow/record_batch.h>

#include <set>

#include "core/clock.h"
#include "core/crash_point.h"
#include "warehouse/postgres/binary_copy.h"
#include "warehouse/postgres/libpq_warehouse.h"
#include "warehouse/postgres/postgres_sql.h"
#include "warehouse/targets.h"

namespace rcml::warehouse {
namespace {

constexpr int64_t kBatchRows = 4096;

class PostgresWarehouse : public LibpqWarehouse {
 public:
  using LibpqWarehouse::LibpqWarehouse;

  Result<std::string> dry_run(RawTable table, const std::vector<LakeFile>& files) override {
    RCML_OK(inspect_files(table, files, options().open_file));
    const RawTableSpec& spec = raw_table(table);
    std::string text = "begin;\n" + lock_sql() + ";\n";
    std::set<std::string> partitions;
    for (const LakeFile& file : files) {
      RCML_TRY(const Dt dt, dt_of_file(table, file));
      if (partitions.insert(partition_name(spec, dt)).second) {
        for (const std::string& sql : create_partition_sql(spec, dt)) text += sql + ";  -- when it is not there\n";
      }
      text += copy_sql(spec, dt) + ";  -- " + std::to_string(file.row_count) + " rows of " + file.absolute + "\n";
    }
    for (const std::string& sql : insert_ledger_sql(Target::postgres, table, files, sql_timestamp(utc_now())))
      text += sql + ";\n";
    return text + "commit;\n";
  }

 protected:
  Status set_up_session() override {
    RCML_OK(connection().execute("set timezone = 'UTC'"));
    RCML_OK(connection().execute("set lock_timeout = " + std::to_string(options().lock_wait.value)));
    // A loader that hangs must not keep the others out for ever.
    RCML_OK(connection().execute("set idle_in_transaction_session_timeout = '10min'"));
    return {};
  }

  Status lock_loaders() override {
    RCML_OK(connection().query(lock_sql()));
    return {};
  }

  Status lock_creators() override { return lock_loaders(); }

  Status insert_rows(RawTable table, const std::vector<LakeFile>& files) override {
    for (const LakeFile& file : files) {
      RCML_TRY(const auto inspected, inspect_file(table, file, options().open_file));
      RCML_TRY(const Dt dt, dt_of_file(table, file));
      RCML_OK(ensure_partition(raw_table(table), dt));
      RCML_OK(copy_file(table, inspected, dt));
      crash_point("load.rows_written");
    }
    return {};
  }

 private:
  static Result<Dt> dt_of_file(RawTable table, const LakeFile& file) {
    if (const auto dt = parse_dt(file.dt)) return *dt;
    return corrupt("lake file " + file_label(table, file) + " has no date as its dt: '" + file.dt + "'");
  }

  Status ensure_partition(const RawTableSpec& spec, Dt dt) {
    RCML_TRY(const auto rows,
             connection().query("select to_regclass('raw." + partition_name(spec, dt) + "') is not null"));
    if (*rows[0][0] == "t") return {};
    for (const std::string& sql : create_partition_sql(spec, dt)) RCML_OK(connection().execute(sql));
    return {};
  }

  Status copy_file(RawTable table, const InspectedFile& file, Dt dt) {
    RCML_OK(connection().begin_copy(copy_sql(raw_table(table), dt)));
    if (Status sent = send_rows(table, file, dt); !sent.ok()) {
      if (!connection().is_lost()) connection().abort_copy("the file could not be read to its end");
      return sent;
    }
    auto copied = connection().end_copy();
    if (!copied.ok()) {
      Error error = copied.take_error();
      error.message += " (while copying " + file_label(table, file.file) + ")";
      return error;
    }
    if (*copied == file.file.row_count) return {};
    return corrupt("the server took " + std::to_string(*copied) + " rows of " + file_label(table, file.file) +
                       ", the lake says " + std::to_string(file.file.row_count),
                   "Nothing was loaded. Run `rcml audit`");
  }

  Status send_rows(RawTable table, const InspectedFile& file, Dt dt) {
    RCML_TRY(const auto reader, read_file(table, file.file, options().open_file, kBatchRows));
    std::string buffer(binary_copy_header());
    while (true) {
      std::shared_ptr<arrow::RecordBatch> batch;
      if (const auto status = reader->ReadNext(&batch); !status.ok()) {
        return corrupt(
            "lake file " + file_label(table, file.file) + " is damaged: " + status.message(),
            "Nothing was loaded. Run `rcml audit`; restore the file from a backup of the lake, or replay its source range");
      }
      if (batch == nullptr) break;
      RCML_OK(append_rows(table, file, dt, *batch, buffer));
      RCML_OK(connection().put_copy(buffer));
      buffer.clear();
    }
    buffer += binary_copy_trailer();
    return connection().put_copy(buffer);
  }
};

}  // namespace

Result<std::unique_ptr<Warehouse>> make_postgres_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                           bool is_offline) {
  std::unique_ptr<PgConnection> connection;
  if (!is_offline) {
    RCML_TRY(connection, PgConnection::connect({url, {}, options.retry_count_max}));
  }
  return std::unique_ptr<Warehouse>(std::make_unique<PostgresWarehouse>(options, url, std::move(connection)));
}

}  // namespace rcml::warehouse
