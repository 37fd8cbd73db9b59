// warehouse/warehouse.h: lake files in, rows of raw.raw_clicks out, each file exactly once. One contract, three targets.
//
//   duckdb:FILE   postgres://user:pw@host:port/db   redshift://user:pw@host:port/db
//
// The ledger raw.load_ledger(file_path, table_version, row_count, loaded_at) is written in the same transaction as
// the rows: loading twice, by two loaders at once, after a kill or a lost reply, changes nothing.
//
// The ledger speaks of original files only: those that a stream committed (dataChange=true in the lake's log). When the
// bytes of an original are gone because compaction rewrote and vacuum removed it, replace() reads them from the
// rewritten file, and the ledger still names the original. So at any time
//   rows in the raw table = sum of row_count in the ledger,
// whatever compaction did (docs/formats/warehouse.md).
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace arrow::io {
class RandomAccessFile;
}

namespace rcml::warehouse {

struct LakeFile {
  std::string path;  // As the lake's log names it: the key of the ledger.
  std::string absolute;  // Local path, or s3://bucket/key.
  std::string dt;  // "2025-08-24"
  int64_t bytes = 0;  // Exact; Redshift's manifest carries it.
  int64_t row_count = 0;  // As the log says; a file that holds another number is corrupt.
  TableVersion version;  // That added it.
};

// Which raw table: they share the loader and the ledger (ledger paths are prefixed "clicks/" or "rejects/").
enum class RawTable : uint8_t { clicks, rejects };

struct LoadReport {
  int64_t files_loaded = 0;
  int64_t files_already_there = 0;
  int64_t rows_loaded = 0;
};

// What a re-load of whole dates reads and what the ledger then says. `originals` holds every file a stream committed
// for those dates; `live` the files that hold their rows now. Without compaction both are the same list.
struct Replacement {
  std::vector<std::string> dts;
  std::vector<LakeFile> live;
  std::vector<LakeFile> originals;
  // Of the lake that the lists were read from. What another loader brought in meanwhile is removed with its date: the
  // watermark goes back to here, so that the next load finds it. The default touches no watermark.
  TableVersion version{std::numeric_limits<int64_t>::max()};
};

class Warehouse {
 public:
  virtual ~Warehouse() = default;
  // Schema raw and its tables exist afterwards and match the contract: columns, order, types, byte lengths.
  // bad_config names every difference at once.
  virtual Status prepare() = 0;
  // One transaction: rows of the files not yet in the ledger, and their ledger lines. All or nothing. corrupt names the
  // file that is missing, truncated or holds another number of rows than the log says.
  virtual Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files) = 0;
  // One transaction: removes the rows and ledger lines of those dts, then loads `live` anew and enters `originals`.
  // corrupt when the two lists do not hold the same number of rows.
  virtual Result<LoadReport> replace(RawTable table, const Replacement& replacement) = 0;
  // Path as the lake's log names it (no prefix) -> rows.
  virtual Result<std::map<std::string, int64_t>> ledger(RawTable table) = 0;
  // Highest table_version fully loaded, per raw table; -1 when none. A hint that spares reading the log from 0.
  virtual Result<TableVersion> watermark(RawTable table) = 0;
  virtual Status set_watermark(RawTable table, TableVersion version) = 0;
  // Rows in the raw table now.
  virtual Result<int64_t> row_count(RawTable table) = 0;
  // Rows of a query, each value as text (null -> nullopt); for the audit. SQL must be portable.
  using TextRow = std::vector<std::optional<std::string>>;
  virtual Result<std::vector<TextRow>> query(const std::string& sql) = 0;
  // What load() would do with these files if the ledger were empty: SQL, and for Redshift the manifest, as text for
  // people. Touches neither the warehouse nor S3.
  virtual Result<std::string> dry_run(RawTable table, const std::vector<LakeFile>& files) = 0;
};

struct WarehouseOptions {
  std::string url;
  // How the bytes of a lake file are reached; the caller knows the store. Empty: the local disk.
  std::function<Result<std::shared_ptr<arrow::io::RandomAccessFile>>(RawTable, const LakeFile&)> open_file;
  Millis lock_wait{60'000};  // How long to wait for another loader (or for DuckDB's file lock).
  int retry_count_max = 5;  // Of a load whose connection was lost or that lost a race.

  int64_t memory_bytes_max = 1LL << 30;  // DuckDB: memory_limit.
  int threads = 2;  // DuckDB.
  std::string scratch_folder;  // DuckDB: where files of a remote lake pass through. Empty: beside the database.

  std::string copy_role_arn;  // Redshift: IAM role for COPY.
  std::string manifest_url;  // Redshift: s3://… folder where manifests are put.
  std::string tls_root_file;  // Redshift: CA bundle for verify-full. Empty: libpq's default place.
  // Redshift: puts the manifest's text at that URL.
  std::function<Status(const std::string& url, const std::string& text)> put_object;
};

// Picks the target by the URL's scheme; connects. bad_config on a malformed URL (secrets masked).
Result<std::unique_ptr<Warehouse>> open_warehouse(const WarehouseOptions& options);

// The same without a connection; only dry_run() works on it.
Result<std::unique_ptr<Warehouse>> offline_warehouse(const WarehouseOptions& options);

}  // namespace rcml::warehouse
