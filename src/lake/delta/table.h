// lake/delta/table.h: one Delta table: its state at a version, and the compare-and-swap that makes the next one.
//
// Implemented over our own C ABI on delta_kernel (kernel/rcml_delta.h). An expected collision is a value
// (CommitOutcome), not an Error.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "lake/data_file.h"
#include "lake/store/location.h"

namespace rcml::lake {

// "App id" -> version, as the log's txn actions hold them. rcml's: "<group>/<topic>/<partition>" -> next offset.
using Marks = std::map<std::string, int64_t>;

enum class CommitOutcome : uint8_t {
  committed,
  conflict,  // Take a new snapshot, plan again: another writer made that version, or a file to remove is gone. Nothing
  // of ours is in the log; that was looked up, also after a lost reply.
  unknown,  // The store may or may not have it: take a new snapshot and look for our own mark. Delete nothing before.
};

struct Committed {
  CommitOutcome outcome = CommitOutcome::committed;
  TableVersion version;  // Of the new version when committed.
  std::string detail;  // What the store said, when not committed.
};

struct CommitRequest {
  std::vector<DataFile> adds;
  std::vector<std::string> removes;  // Paths of live files that this commit replaces (compaction).
  Marks marks;  // txn actions to set.
  bool is_data_change = true;  // false for compaction: readers of changes skip it.
  std::string operation = "STREAMING UPDATE";
};

struct LogEntry {  // One add or remove of one version, as the commit lists them (see table_history.h for the order).
  TableVersion version;
  bool is_add = true;
  bool is_data_change = true;
  DataFile file;  // For a remove only its path and its deletion vector are sure to be there.
};

using TableProperties = std::map<std::string, std::string>;

// Thread-safe: calls take turns.
class Table {
 public:
  // bad_config when there is no table and when the table needs what this program cannot do (names the feature or the
  // property, and the cure).
  static Result<std::unique_ptr<Table>> open(std::shared_ptr<Location> location);
  // Opens, or creates it with this Delta schema (JSON) partitioned by `partition_columns`. Two creators at once: both
  // end with the same table. bad_config when the table there has another schema (names every difference).
  static Result<std::unique_ptr<Table>> open_or_create(std::shared_ptr<Location> location,
                                                       const std::string& schema_json,
                                                       const std::vector<std::string>& partition_columns,
                                                       const TableProperties& properties = {});
  ~Table();

  // bad_config, naming the property, when the table may be read but not written by this program (table_limits.h). What
  // commits asks this first, before it has written any file; commit() and checkpoint() ask it as well.
  Status check_writable() const;

  // bad_config, naming every difference, when the table is not of this schema and partitioning.
  Status check_schema(const std::string& schema_json, const std::vector<std::string>& partition_columns) const;

  // Brings the state up to date with the log (incremental) and returns its version. Also the protocol and the properties,
  // so that the refusals of open() and check_writable() hold for a table that somebody changes while it is in use.
  Result<TableVersion> refresh();
  TableVersion version() const;  // Of the last refresh or own commit.
  // Delta's metaData.id at the last refresh: it tells a table from one that was created later at the same place.
  std::string id() const;
  const std::string& schema_json() const;  // As it was when opened.
  // The mark of `app` at version(); nullopt when it never committed.
  Result<std::optional<int64_t>> mark(const std::string& app) const;
  // All marks whose app id starts with `prefix` at version().
  Result<Marks> marks(const std::string& prefix) const;
  // Tries to make version() + 1 from version(). On `committed` the state moves on to the new version; otherwise it stays.
  // The commit whose version is a multiple of checkpoint_every() also writes a checkpoint.
  Result<Committed> commit(const CommitRequest& request);

  // At version(). A file whose row count the log does not say is looked at.
  Result<std::vector<DataFile>> live_files() const;
  // Sets row_count from the file itself where it is not known.
  Status count_rows(DataFile& file) const;
  // Rows of the file, counted from 0 and rising, that its deletion vector takes out; empty when it has none.
  Result<std::vector<int64_t>> deleted_rows(const DataFile& file) const;
  // Adds and removes of versions [from, version()]. corrupt when the log has been cleaned up past `from`.
  Result<std::vector<LogEntry>> log(TableVersion from) const;
  Status checkpoint();
  // 0: never. All writers of a table should use the same number; more or fewer checkpoints are all that can go wrong.
  void set_checkpoint_every(int64_t versions);
  int64_t checkpoint_every() const;
  const Location& location() const;

 private:
  struct State;
  explicit Table(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::lake
