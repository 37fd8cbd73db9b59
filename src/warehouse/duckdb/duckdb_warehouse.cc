// warehouse/duckdb/duckdb_warehouse.cc: the embedded target: DuckDB reads the Parquet itself, by column name.
//
// Two loaders cannot meet inside a transaction: DuckDB's file lock keeps other processes out, a mutex the other threads
// of this one. So the ledger read at the start of a transaction is still true at its end.
#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "warehouse/duckdb/duckdb_connection.h"
#include "warehouse/duckdb/duckdb_sql.h"
#include "warehouse/load_proof.h"
#include "warehouse/load_steps.h"
#include "warehouse/parquet_input.h"
#include "warehouse/targets.h"

namespace rcml::warehouse {
namespace {

constexpr int64_t kCopyBytes = 4 << 20;
// A load streams. More than this would only fill DuckDB's cache with blocks that nobody reads again.
constexpr int64_t kLoadMemoryBytesPerThread = 64 << 20;

std::mutex& writer_mutex() {
  static std::mutex mutex;
  return mutex;
}

// Where files of a remote lake pass through. Only the process that holds the database's lock uses it, so whatever is
// found there at the start was left by one that died.
class Scratch {
 public:
  explicit Scratch(std::string folder) : folder_(std::move(folder)) {}
  ~Scratch() { remove_all(); }

  // A local copy of the file's bytes; DuckDB reads that.
  Result<std::string> copy(RawTable table, const LakeFile& file, const FileOpener& open_file) {
    std::error_code error;
    std::filesystem::create_directories(folder_, error);
    if (error)
      return unavailable("cannot make the scratch folder " + folder_ + ": " + error.message(),
                         "Set --scratch-folder to a writable place");
    const std::string path =
        folder_ + "/" + std::to_string(count_++) + "-" + std::filesystem::path(file.path).filename().string();
    RCML_TRY(const auto input, open_file(table, file));
    RCML_OK(write_all(*input, path, file_label(table, file)));
    return path;
  }

  void remove_all() {
    std::error_code ignored;  // A leftover costs disk until the next load, nothing else.
    std::filesystem::remove_all(folder_, ignored);
  }

 private:
  static Status write_all(arrow::io::RandomAccessFile& input, const std::string& path, const std::string& label) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0) return os_error("create", path);
    Status status = pump(input, fd, path, label);
    ::close(fd);
    return status;
  }

  static Status pump(arrow::io::RandomAccessFile& input, int fd, const std::string& path, const std::string& label) {
    const auto size = input.GetSize();
    if (!size.ok()) return unavailable("cannot read lake file " + label + ": " + size.status().message());
    std::vector<char> buffer(kCopyBytes);
    for (int64_t at = 0; at < *size;) {
      const auto read = input.ReadAt(at, kCopyBytes, buffer.data());
      if (!read.ok() || *read == 0) {
        return unavailable("cannot read lake file " + label + ": " +
                           (read.ok() ? "it ended early" : read.status().message()));
      }
      if (::write(fd, buffer.data(), static_cast<size_t>(*read)) != *read) return os_error("write", path);
      at += *read;
    }
    return {};
  }

  std::string folder_;
  int count_ = 0;
};

class DuckdbWarehouse : public Warehouse, private Transaction {
 public:
  DuckdbWarehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                  std::unique_ptr<DuckdbConnection> connection)
      : options_(options), url_(url), connection_(std::move(connection)) {}

  Status prepare() override {
    const std::scoped_lock lock(writer_mutex());
    for (const std::string& sql : create_statements(Target::duckdb)) RCML_OK(connection_->execute(sql));
    std::vector<std::string> differences;
    for (const RawTable table : {RawTable::clicks, RawTable::rejects}) {
      RCML_TRY(const auto found, found_columns(raw_table(table).name));
      for (std::string& line : table_differences(Target::duckdb, raw_table(table), found))
        differences.push_back(std::move(line));
    }
    if (!differences.empty()) return schema_error(url_.display, differences);
    return {};
  }

  Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files, const std::optional<LedgerView>& view,
                          const std::optional<Goal>& then) override {
    const std::scoped_lock lock(writer_mutex());
    return in_transaction([&] { return load_missing(*this, table, without_repeats(files), view, then); });
  }

  Result<LoadReport> rename(RawTable table, const Renaming& renaming) override {
    const std::scoped_lock lock(writer_mutex());
    return in_transaction([&] { return rename_lines(*this, table, renaming); });
  }

  Result<LoadReport> replace(RawTable table, const Replacement& replacement) override {
    if (replacement.dts.empty()) return LoadReport{};
    const std::scoped_lock lock(writer_mutex());
    return in_transaction([&] { return replace_rows(*this, table, replacement); });
  }

  Result<std::map<std::string, int64_t>> ledger(RawTable table) override {
    RCML_TRY(const auto rows, connection_->query(select_whole_ledger_sql(Target::duckdb, table)));
    return ledger_from_rows(table, rows);
  }

  Result<std::map<std::string, int64_t>> ledger_of_dates(RawTable table, const std::set<std::string>& dts) override {
    RCML_TRY(const auto rows, connection_->query(select_dates_sql(Target::duckdb, table, {dts.begin(), dts.end()})));
    return ledger_from_rows(table, rows);
  }

  Result<Watermark> watermark(RawTable table) override {
    RCML_TRY(const auto found, found_columns("load_origin"));
    RCML_TRY(const auto rows, connection_->query(select_watermark_sql(table, !found.empty())));
    return watermark_from_rows(rows);
  }

  Result<int64_t> steps(RawTable table) override {
    RCML_TRY(const auto rows, connection_->query(select_origin_sql(table)));
    return origin_from_rows(rows).steps;
  }

  Result<LoadReport> set_watermark(RawTable table, const Goal& goal) override {
    const std::scoped_lock lock(writer_mutex());
    return in_transaction([&] { return raise_watermark(*this, table, goal); });
  }

  Result<std::optional<LoadProof>> load_proof(RawTable table) override {
    RCML_TRY(const auto found, found_columns("load_proof"));
    if (found.empty()) return std::optional<LoadProof>();
    RCML_TRY(const auto rows, connection_->query(select_load_proof_sql(table)));
    return load_proof_from_rows(rows);
  }

  Status keep_load_proof(RawTable table, const LoadProof& proof) override {
    const std::scoped_lock lock(writer_mutex());
    const std::string now = sql_timestamp(utc_now());
    const auto done = in_transaction([&]() -> Result<LoadReport> {
      RCML_OK(run_all(*this, keep_load_proof_sql(Target::duckdb, table, proof, now)));
      return LoadReport{};
    });
    if (!done.ok()) return done.error();
    return {};
  }

  Result<int64_t> row_count(RawTable table) override {
    RCML_TRY(const auto rows, connection_->query("select count(*) from raw." + raw_table(table).name));
    return std::stoll(*rows[0][0]);
  }

  Result<std::vector<TextRow>> query(const std::string& sql) override { return connection_->query(sql); }

  Result<std::string> dry_run(RawTable table, const std::vector<LakeFile>& files) override {
    RCML_TRY(const auto inspected, inspect_files(table, files, options_.open_file));
    std::string text = "begin;\n";
    for (const InsertGroup& group : insert_groups(inspected)) text += insert_sql(table, group) + ";\n";
    for (const std::string& sql : insert_ledger_sql(Target::duckdb, table, files, sql_timestamp(utc_now())))
      text += sql + ";\n";
    return text + "commit;\n";
  }

 private:
  template <class Work>
  Result<LoadReport> in_transaction(const Work& work) {
    RCML_OK(connection_->execute("begin transaction"));
    Result<LoadReport> report = work();
    if (!report.ok()) {
      // Closing the connection would roll back too; an error here adds nothing.
      if (auto rolled_back = connection_->execute("rollback"); !rolled_back.ok())
        log_debug("rollback failed", {{"error", rolled_back.error().message}});
      return report;
    }
    crash_point("load.before_commit");
    RCML_OK(connection_->execute("commit"));
    crash_point("load.after_commit");
    return report;
  }

  Target target() const override { return Target::duckdb; }
  Result<std::vector<TextRow>> select(const std::string& sql) override { return connection_->query(sql); }
  Status run(const std::string& sql) override {
    RCML_OK(connection_->execute(sql));
    return {};
  }

  Status insert_rows(RawTable table, const std::vector<LakeFile>& files) override {
    RCML_TRY(auto inspected, inspect_files(table, files, options_.open_file));
    Scratch scratch(options_.scratch_folder.empty() ? url_.file + ".scratch" : options_.scratch_folder + "/rcml-load");
    scratch.remove_all();
    for (InsertGroup& group : insert_groups(inspected)) {
      for (LakeFile& file : group.files) {
        if (!file.absolute.starts_with("s3://")) continue;
        RCML_TRY(file.absolute, scratch.copy(table, file, options_.open_file));
      }
      RCML_OK(insert_group(table, group));
      scratch.remove_all();
      crash_point("load.rows_written");
    }
    return {};
  }

  Status insert_group(RawTable table, const InsertGroup& group) {
    auto inserted = connection_->execute(insert_sql(table, group));
    if (!inserted.ok()) {
      Error error = inserted.take_error();
      error.message += " (while reading " + file_label(table, group.files.front()) +
                       (group.files.size() == 1 ? ")" : " and " + std::to_string(group.files.size() - 1) + " more)");
      return error;
    }
    if (*inserted == group.row_count) return {};
    return corrupt("DuckDB read " + std::to_string(*inserted) + " rows of " + std::to_string(group.files.size()) +
                       " files, the lake says " + std::to_string(group.row_count),
                   "Nothing was loaded. Run `rcml audit`");
  }

  Result<std::vector<FoundColumn>> found_columns(const std::string& name) {
    RCML_TRY(const auto rows,
             connection_->query(
                 "select column_name, data_type from duckdb_columns() where schema_name = 'raw' and table_name = '" +
                 name + "' and database_name = current_database() order by column_index"));
    std::vector<FoundColumn> found;
    for (const TextRow& row : rows) found.push_back({*row[0], *row[1]});
    return found;
  }

  WarehouseOptions options_;
  WarehouseUrl url_;
  std::unique_ptr<DuckdbConnection> connection_;
};

}  // namespace

Result<std::unique_ptr<Warehouse>> make_duckdb_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                         bool is_offline) {
  std::unique_ptr<DuckdbConnection> connection;
  if (!is_offline) {
    const int64_t memory_bytes_max = std::min(options.memory_bytes_max, options.threads * kLoadMemoryBytesPerThread);
    RCML_TRY(connection, DuckdbConnection::open({url.file, options.lock_wait, memory_bytes_max, options.threads}));
  }
  return std::unique_ptr<Warehouse>(std::make_unique<DuckdbWarehouse>(options, url, std::move(connection)));
}

}  // namespace rcml::warehouse
