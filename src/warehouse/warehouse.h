// warehouse/warehouse.h: lake files in, rows of raw.raw_clicks out, each file exactly once. One contract, three targets.
//
//   duckdb:FILE   postgres://user:pw@host:port/db   redshift://user:pw@host:port/db
//
// The ledger raw.load_ledger(file_path, table_version, row_count, loaded_at) is written in the same transaction as
// the rows: loading twice, by two loaders at once, after a kill or a lost reply, changes nothing.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/ids.h"

namespace rcml::warehouse {

struct LakeFile {
  std::string path;          // As the lake's log names it: the key of the ledger.
  std::string absolute;      // Local path, or s3://bucket/key.
  std::string dt;            // "2025-08-24"
  int64_t bytes = 0;
  int64_t row_count = 0;     // As the log says; a file that holds another number is corrupt.
  TableVersion version;      // That added it.
};

// Which raw table: they share the loader and the ledger (ledger paths are prefixed "clicks/" or "rejects/").
enum class RawTable : uint8_t { clicks, rejects };

struct LoadReport {
  int64_t files_loaded = 0;
  int64_t files_already_there = 0;
  int64_t rows_loaded = 0;
};

struct FileCount {
  int64_t ledger_rows = 0;   // What the ledger says was loaded of that file.
};

class Warehouse {
 public:
  virtual ~Warehouse() = default;
  // Schema raw and its tables exist afterwards and match the contract: columns, order, types, byte lengths.
  // bad_config names every difference at once.
  virtual Status prepare() = 0;
  // One transaction: rows of the files not yet in the ledger, and their ledger lines. All or nothing.
  virtual Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files) = 0;
  // One transaction: removes the rows and ledger lines of those dts, then loads `files` anew (backfill, --replace-dt).
  virtual Result<LoadReport> replace(RawTable table, const std::vector<std::string>& dts, const std::vector<LakeFile>& files) = 0;
  // Ledger path -> rows.
  virtual Result<std::map<std::string, int64_t>> ledger(RawTable table) = 0;
  // Highest table_version fully loaded, per raw table; -1 when none. A hint that spares reading the log from 0.
  virtual Result<TableVersion> watermark(RawTable table) = 0;
  virtual Status set_watermark(RawTable table, TableVersion version) = 0;
  // Rows in the raw table now.
  virtual Result<int64_t> row_count(RawTable table) = 0;
  // Rows of a query, each value as text (null -> nullopt); for the audit. SQL must be portable.
  using TextRow = std::vector<std::optional<std::string>>;
  virtual Result<std::vector<TextRow>> query(const std::string& sql) = 0;
};

struct WarehouseOptions {
  std::string url;
  std::string copy_role_arn;      // Redshift: IAM role for COPY.
  std::string manifest_url;       // Redshift: s3://… folder where manifests are put.
  std::string region;
};

// Picks the target by the URL's scheme; connects. bad_config on a malformed URL (secrets masked).
Result<std::unique_ptr<Warehouse>> open_warehouse(const WarehouseOptions& options);

}  // namespace rcml::warehouse
