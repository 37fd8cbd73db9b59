// warehouse/warehouse.h: lake files in, rows of raw.raw_clicks out, each file exactly once. One contract, three targets.
//
//   duckdb:FILE   postgres://user:pw@host:port/db   redshift://user:pw@host:port/db
//
// The ledger raw.load_ledger(file_path, table_version, row_count, loaded_at) is written in the same transaction as
// the rows: loading twice, by two loaders at once, after a kill or a lost reply, changes nothing.
//
// The ledger names the files whose rows are in the raw table, as the lake names them. When the lake holds the same rows in
// other files by now, because somebody compacted it, rename() changes the names and leaves the rows alone. So at any time
//   rows in the raw table = sum of row_count in the ledger
// (docs/formats/warehouse.md).
#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace arrow::io {
class RandomAccessFile;
}

namespace rcml::warehouse {

struct LakeFile {
  std::string path;  // The key of the ledger: its path in the lake, and which deletion vector (lake/table_history.h).
  std::string absolute;  // Where its bytes are: local path, or s3://bucket/key.
  std::string dt;  // "2025-08-24"
  int64_t bytes = 0;  // Exact; Redshift's manifest carries it.
  int64_t row_count = 0;  // As the lake says; a file that holds another number is corrupt.
  TableVersion version;  // That added it.
};

// Which raw table: they share the loader and the ledger (ledger paths are prefixed "clicks/" or "rejects/").
enum class RawTable : uint8_t { clicks, rejects };

struct LoadReport {
  int64_t files_loaded = 0;
  int64_t files_already_there = 0;
  int64_t rows_loaded = 0;
  // Another loader changed those dates since the plan was made: nothing was done. Compare the lake and the ledger again.
  bool is_overtaken = false;
  bool is_step = false;  // The ledger changed: steps() is one more than before.
};

// How far a raw table has come.
struct Watermark {
  TableVersion version{-1};  // Of the lake's table; everything up to it was loaded. -1 before the first load.
  // Id of the lake's table (Delta's metaData.id). Empty before the first load, and when rcml 0.1 loaded last: the ledger
  // may then name files that are no longer live.
  std::string table_id;
  bool operator==(const Watermark&) const = default;
};

// What the last transaction of a plan sets.
struct Goal {
  Watermark watermark;
  // steps() when the plan was made, and those of the plan itself since. Any other number means that another loader changed
  // something, perhaps of dates that the plan had done already: overtaken. Without it nothing is asked.
  std::optional<int64_t> steps;
  Goal(Watermark goal, std::optional<int64_t> steps_expected = std::nullopt)  // NOLINT: a watermark is a goal.
      : watermark(std::move(goal)), steps(steps_expected) {}
};

struct DateTotals {
  int64_t files = 0;
  int64_t rows = 0;
  int64_t keys =
      0;  // Digest of the files' keys, whatever their order: keys_digest(). 0 where only totals are asked for.
  bool operator==(const DateTotals&) const = default;
};

// What an audit has proven: at this version of the lake's table the ledger named exactly the live files, and the raw table
// held their rows.
struct LoadProof {
  TableVersion version;
  std::string table_id;
  std::string commit;  // Digest of that version's commit: another one when the table went another way since.
  std::map<std::string, DateTotals> dates;
  bool operator==(const LoadProof&) const = default;
};

inline constexpr TableVersion kNewestVersion{std::numeric_limits<int64_t>::max()};

// What the plan of a load took for granted: the ledger's lines of the dates it adds to. Two loaders that bring in the same
// files do not disturb each other; one that has seen a newer lake may have brought in the same rows in other files.
struct LedgerView {
  std::set<std::string> dts;
  std::set<std::string> lines;  // All lines of those dates, as the plan saw them.
  std::set<std::string> planned;  // Files that the plan adds: they may be there already.
  TableVersion version = kNewestVersion;  // Of the lake that the plan was made from: no watermark may be above it.
};

// The dates whose rows and ledger lines are removed, and the files that are loaded in their place.
struct Replacement {
  std::vector<std::string> dts;
  std::vector<LakeFile> live;
  // Of the lake that the lists were read from. A watermark above it goes back to it, so that the next load brings in what
  // another loader had added to these dates. The default touches no watermark.
  TableVersion version = kNewestVersion;
  bool is_planned =
      false;  // True: a watermark above `version` means that another loader was faster, and nothing is done.
  std::optional<Goal> then = std::nullopt;  // Set in the same transaction.
};

// The rows of the lines `from` are in the files `to` now. All of them belong to the dates `dts`.
struct Renaming {
  std::vector<std::string> dts;
  std::vector<std::string> from;
  std::vector<LakeFile> to;
  TableVersion version = kNewestVersion;  // As in LedgerView.
  std::optional<Goal> then = std::nullopt;  // Set in the same transaction.
};

class Warehouse {
 public:
  virtual ~Warehouse() = default;
  // Schema raw and its tables exist afterwards and match the contract: columns, order, types, byte lengths.
  // bad_config names every difference at once.
  virtual Status prepare() = 0;
  // One transaction: rows of the files not yet in the ledger, and their ledger lines. All or nothing. corrupt names the
  // file that is missing, truncated or holds another number of rows than the lake says. With a `view` nothing is done when
  // it is no longer true. `then` is set in the same transaction.
  virtual Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files,
                                  const std::optional<LedgerView>& view = std::nullopt,
                                  const std::optional<Goal>& then = std::nullopt) = 0;
  // One transaction: the ledger names other files for the same rows. Overtaken when a line is gone, unless all is done
  // already. corrupt when the two sides do not hold the same number of rows.
  virtual Result<LoadReport> rename(RawTable table, const Renaming& renaming) = 0;
  // One transaction: removes the rows and ledger lines of those dts, then loads `live`.
  virtual Result<LoadReport> replace(RawTable table, const Replacement& replacement) = 0;
  // Key of the file (no prefix) -> rows.
  virtual Result<std::map<std::string, int64_t>> ledger(RawTable table) = 0;
  // The lines of these dates only.
  virtual Result<std::map<std::string, int64_t>> ledger_of_dates(RawTable table, const std::set<std::string>& dts) = 0;
  // How far the table has come; it spares comparing everything. Losing it costs time and no row.
  virtual Result<Watermark> watermark(RawTable table) = 0;
  // How many transactions have changed the table's ledger, of this version and later ones. Asked before what a plan is
  // made from.
  virtual Result<int64_t> steps(RawTable table) = 0;
  // For a lake whose new versions changed nothing that is loaded. A watermark of the same lake never goes back.
  virtual Result<LoadReport> set_watermark(RawTable table, const Goal& goal) = 0;
  // The last proof that was kept. Nothing when there is none that is whole.
  virtual Result<std::optional<LoadProof>> load_proof(RawTable table) = 0;
  // One transaction, in the place of an older one. A warehouse that rcml 0.1 loaded last has no place for it: bad_config.
  virtual Status keep_load_proof(RawTable table, const LoadProof& proof) = 0;
  // The ledger's lines by date, added up by the warehouse.
  Result<std::map<std::string, DateTotals>> ledger_totals(RawTable table);
  // Rows in the raw table now, and by date.
  virtual Result<int64_t> row_count(RawTable table) = 0;
  Result<std::map<std::string, int64_t>> row_totals(RawTable table);
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
