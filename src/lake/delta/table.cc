#include "lake/delta/table.h"

#include <atomic>
#include <mutex>

#include "core/crash_point.h"
#include "core/log.h"
#include "core/uuid.h"
#include "lake/delta/bridge.h"
#include "lake/delta/log_json.h"
#include "lake/delta/table_limits.h"
#include "lake/json_text.h"
#include "lake/parquet/row_counter.h"

namespace rcml::lake {
namespace {

constexpr int64_t kCheckpointEveryDefault = 50;

// A table that was there and whose log misses a file is damaged; "there is no table" would send people astray.
Error open_table_error(int32_t status, const std::string& message, const Location& location) {
  return bridge_error(status == RCML_DELTA_NOT_FOUND ? RCML_DELTA_CORRUPT : status, message, location.url());
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : "; ") + part;
  return text;
}

}  // namespace

struct Table::State {
  std::shared_ptr<Location> location;
  BridgeTable bridge;
  TableDescription opened;
  std::mutex described;
  TableDescription now;  // Of the last refresh; behind `described`.
  std::atomic<int64_t> version{0};
  std::atomic<int64_t> checkpoint_every{kCheckpointEveryDefault};
};

Table::Table(std::unique_ptr<State> state) : state_(std::move(state)) {}
Table::~Table() = default;

namespace {

struct OpenOutcome {
  int32_t status = RCML_DELTA_OK;
  std::string message;
  BridgeTable bridge;
};

OpenOutcome open_bridge(const Location& location) {
  OpenOutcome outcome;
  rcml_delta_table* table = nullptr;
  BridgeText error;
  outcome.status =
      rcml_delta_open(location.url().c_str(), delta_store_options_json(location).c_str(), &table, error.out());
  outcome.bridge.reset(table);
  outcome.message = error.text();
  return outcome;
}

// Losing the race to create is as good as winning it.
Status create_table(const Location& location, const std::string& schema_json,
                    const std::vector<std::string>& partition_columns, const TableProperties& properties) {
  RCML_OK(location.create_root());
  BridgeText error;
  const int32_t status =
      rcml_delta_create(location.url().c_str(), delta_store_options_json(location).c_str(), schema_json.c_str(),
                        json_array(partition_columns).c_str(), json_object(properties).c_str(), error.out());
  if (status != RCML_DELTA_OK && status != RCML_DELTA_CONFLICT)
    return bridge_error(status, error.text(), location.url());
  return {};
}

Result<TableDescription> describe(rcml_delta_table* bridge, const Location& location) {
  BridgeText out;
  BridgeText error;
  const int32_t status = rcml_delta_describe(bridge, out.out(), error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), location);
  return parse_description(out.text());
}

}  // namespace

Result<std::unique_ptr<Table>> Table::open(std::shared_ptr<Location> location) {
  OpenOutcome outcome = open_bridge(*location);
  if (outcome.status != RCML_DELTA_OK) return bridge_error(outcome.status, outcome.message, location->url());
  RCML_TRY(TableDescription description, describe(outcome.bridge.get(), *location));
  RCML_OK(check_readable(description, location->url()));
  auto state = std::make_unique<State>();
  state->location = std::move(location);
  state->bridge = std::move(outcome.bridge);
  state->version = description.version.value;
  state->now = description;
  state->opened = std::move(description);
  return std::unique_ptr<Table>(new Table(std::move(state)));
}

Result<std::unique_ptr<Table>> Table::open_or_create(std::shared_ptr<Location> location, const std::string& schema_json,
                                                     const std::vector<std::string>& partition_columns,
                                                     const TableProperties& properties) {
  const OpenOutcome first = open_bridge(*location);
  if (first.status == RCML_DELTA_NOT_FOUND)
    RCML_OK(create_table(*location, schema_json, partition_columns, properties));
  RCML_TRY(std::unique_ptr<Table> table, open(std::move(location)));
  RCML_OK(table->check_writable());
  RCML_OK(table->check_schema(schema_json, partition_columns));
  return table;
}

Status Table::check_schema(const std::string& schema_json, const std::vector<std::string>& partition_columns) const {
  const TableDescription& description = state_->opened;
  RCML_TRY(std::vector<std::string> differences, schema_differences(schema_json, description.schema_json));
  if (description.partition_columns != partition_columns) {
    differences.push_back("it is partitioned by (" + joined(description.partition_columns) + "), not (" +
                          joined(partition_columns) + ")");
  }
  if (differences.empty()) return {};
  return bad_config("the table " + location().url() + " has another schema: " + joined(differences),
                    "Name another --lake, or use the rcml that made this one");
}

Status Table::check_writable() const {
  const std::scoped_lock lock(state_->described);
  return lake::check_writable(state_->now, location().url());
}

std::string Table::id() const {
  const std::scoped_lock lock(state_->described);
  return state_->now.id;
}

Result<TableVersion> Table::refresh() {
  int64_t version = 0;
  BridgeText error;
  const int32_t status = rcml_delta_refresh(state_->bridge.get(), &version, error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  if (state_->version == version) return TableVersion(version);
  RCML_TRY(TableDescription now, describe(state_->bridge.get(), *state_->location));
  RCML_OK(check_readable(now, location().url()));
  const std::scoped_lock lock(state_->described);
  state_->now = std::move(now);
  state_->version = version;
  return TableVersion(version);
}

TableVersion Table::version() const { return TableVersion(state_->version); }
const std::string& Table::schema_json() const { return state_->opened.schema_json; }
const Location& Table::location() const { return *state_->location; }
void Table::set_checkpoint_every(int64_t versions) { state_->checkpoint_every = versions; }
int64_t Table::checkpoint_every() const { return state_->checkpoint_every; }

Result<std::optional<int64_t>> Table::mark(const std::string& app) const {
  RCML_TRY(const Marks found, marks(app));
  const auto exact = found.find(app);
  return exact == found.end() ? std::nullopt : std::optional<int64_t>(exact->second);
}

Result<Marks> Table::marks(const std::string& prefix) const {
  BridgeText out;
  BridgeText error;
  const int32_t status = rcml_delta_marks(state_->bridge.get(), prefix.c_str(), out.out(), error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  return parse_marks(out.text());
}

Result<Committed> Table::commit(const CommitRequest& request) {
  RCML_OK(check_writable());
  int64_t version = 0;
  BridgeText error;
  const std::string json = commit_request_json(request, random_uuid());
  const int32_t status = rcml_delta_commit(state_->bridge.get(), json.c_str(), &version, error.out());
  if (status == RCML_DELTA_CONFLICT) return Committed{CommitOutcome::conflict, {}, error.text()};
  if (status == RCML_DELTA_UNKNOWN)
    return Committed{
        CommitOutcome::unknown, {}, bridge_error(RCML_DELTA_UNAVAILABLE, error.text(), location().url()).message};
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  state_->version = version;
  const int64_t every = state_->checkpoint_every;
  if (every > 0 && version % every == 0) {
    crash_point("delta.checkpoint");
    // The commit stands whatever becomes of its checkpoint: the next multiple makes another.
    if (const Status done = checkpoint(); !done.ok())
      log_warn("checkpoint failed",
               {{"table", location().url()}, {"version", version}, {"error", done.error().text()}});
  }
  return Committed{CommitOutcome::committed, TableVersion(version), {}};
}

Result<std::vector<DataFile>> Table::live_files() const {
  BridgeText out;
  BridgeText error;
  const int32_t status = rcml_delta_live_files(state_->bridge.get(), out.out(), error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  RCML_TRY(std::vector<DataFile> files, parse_live_files(out.text()));
  for (DataFile& file : files) {
    if (!is_plain_path(file.path)) return foreign_path_error(location().url(), file.path);
    RCML_OK(count_rows(file));
  }
  return files;
}

Status Table::count_rows(DataFile& file) const {
  if (file.row_count != kRowsUnknown) return {};
  RCML_TRY(const int64_t rows, rows_in_footer(location(), file.path));
  file.row_count = rows - file.deleted_row_count;
  return {};
}

Result<std::vector<int64_t>> Table::deleted_rows(const DataFile& file) const {
  if (file.deletion_vector_json.empty()) return std::vector<int64_t>{};
  BridgeText out;
  BridgeText error;
  const int32_t status =
      rcml_delta_deleted_rows(state_->bridge.get(), file.deletion_vector_json.c_str(), out.out(), error.out());
  if (status != RCML_DELTA_OK) {
    return open_table_error(status, "deletion vector of " + file.path + ": " + error.text(), *state_->location);
  }
  return parse_row_indexes(out.text());
}

Result<std::vector<LogEntry>> Table::log(TableVersion from) const {
  BridgeText out;
  BridgeText error;
  const int32_t status = rcml_delta_log(state_->bridge.get(), from.value, out.out(), error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  return parse_log(out.text());
}

Status Table::checkpoint() {
  RCML_OK(check_writable());
  BridgeText error;
  const int32_t status = rcml_delta_checkpoint(state_->bridge.get(), error.out());
  if (status != RCML_DELTA_OK) return open_table_error(status, error.text(), *state_->location);
  return {};
}

}  // namespace rcml::lake
