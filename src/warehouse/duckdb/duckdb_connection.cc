#include "warehouse/duckdb/duckdb_connection.h"

#include <duckdb.h>

#include <filesystem>

#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"

namespace rcml::warehouse {
namespace {

constexpr Millis kLockPoll{100};

// Never destroyed: a database may still be open when static objects go.
duckdb_instance_cache instance_cache() {
  static const duckdb_instance_cache cache = duckdb_create_instance_cache();
  return cache;
}

Result<duckdb_config> make_config(const DuckdbOptions& options) {
  duckdb_config config = nullptr;
  if (duckdb_create_config(&config) == DuckDBError) return unavailable("DuckDB has no memory for its settings");
  const std::string memory = std::to_string(options.memory_bytes_max / (1 << 20)) + "MiB";
  const std::string threads = std::to_string(options.threads);
  const std::pair<const char*, const char*> values[] = {
      {"memory_limit", memory.c_str()},
      {"threads", threads.c_str()},
      // Rows need no order in raw; keeping one would hold back whole row groups in memory.
      {"preserve_insertion_order", "false"},
      // Nothing may be fetched from elsewhere.
      {"autoinstall_known_extensions", "false"},
  };
  for (const auto& [name, value] : values) {
    if (duckdb_set_config(config, name, value) == DuckDBError) {
      duckdb_destroy_config(&config);
      return bad_config(std::string("DuckDB refuses ") + name + "=" + value);
    }
  }
  return config;
}

bool is_lock_conflict(const std::string& message) {
  return message.find("Could not set lock on file") != std::string::npos;
}

// DuckDB names the process that holds the lock: worth keeping, it is half the cure.
Error open_error(const std::string& file, const std::string& message) {
  if (is_lock_conflict(message)) {
    return unavailable("warehouse " + file + " is held by another process: " + message,
                       "Close that program (a Python session, a dbt run, another rcml load) or raise --lock-wait; "
                       "readers should open the published copy");
  }
  if (message.find("not a valid DuckDB database") != std::string::npos ||
      message.find("older version") != std::string::npos || message.find("newer version") != std::string::npos) {
    return bad_config("warehouse " + file + " cannot be opened: " + message,
                      "Name another file, or use the DuckDB version that wrote it");
  }
  return unavailable("warehouse " + file + " cannot be opened: " + message,
                     "Check the folder's permissions and free space");
}

Result<duckdb_database> open_once(const DuckdbOptions& options, bool& is_locked) {
  RCML_TRY(duckdb_config config, make_config(options));
  duckdb_database database = nullptr;
  char* text = nullptr;
  const duckdb_state state =
      duckdb_get_or_create_from_cache(instance_cache(), options.file.c_str(), &database, config, &text);
  duckdb_destroy_config(&config);
  if (state == DuckDBSuccess) return database;
  const std::string message = text == nullptr ? "no reason given" : text;
  duckdb_free(text);
  is_locked = is_lock_conflict(message);
  return open_error(options.file, message);
}

Result<duckdb_database> open_patiently(const DuckdbOptions& options) {
  const int64_t give_up_at = monotonic_now().value + options.lock_wait.value * 1000;
  bool has_told = false;
  while (true) {
    bool is_locked = false;
    auto opened = open_once(options, is_locked);
    if (opened.ok() || !is_locked || monotonic_now().value >= give_up_at) return opened;
    if (!has_told)
      log_info("waiting for the warehouse file", {{"file", options.file}, {"held_by", opened.error().message}});
    has_told = true;
    if (sleep_or_stop(kLockPoll)) return Error{ErrorKind::cancelled, "stopped while waiting for " + options.file, {}};
  }
}

std::string text_of(duckdb_vector vector, idx_t row) {
  auto* const strings = static_cast<duckdb_string_t*>(duckdb_vector_get_data(vector));
  return {duckdb_string_t_data(&strings[row]), duckdb_string_t_length(strings[row])};
}

DuckdbConnection::TextRow text_row(duckdb_data_chunk chunk, idx_t row) {
  DuckdbConnection::TextRow out;
  for (idx_t column = 0; column < duckdb_data_chunk_get_column_count(chunk); ++column) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    uint64_t* const validity = duckdb_vector_get_validity(vector);
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) {
      out.push_back(std::nullopt);
    } else {
      out.push_back(text_of(vector, row));
    }
  }
  return out;
}

std::vector<DuckdbConnection::TextRow> drain(duckdb_result result) {
  std::vector<DuckdbConnection::TextRow> rows;
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
    for (idx_t row = 0; row < duckdb_data_chunk_get_size(chunk); ++row) rows.push_back(text_row(chunk, row));
    duckdb_destroy_data_chunk(&chunk);
  }
  return rows;
}

// unavailable fits most of what can fail in a statement (disk full, memory); a fault in the data is told by its text.
Error statement_error(const std::string& file, duckdb_result& result) {
  const char* const text = duckdb_result_error(&result);
  const std::string message = text == nullptr ? "no reason given" : text;
  switch (duckdb_result_error_type(&result)) {
    case DUCKDB_ERROR_OUT_OF_MEMORY:
      return unavailable("warehouse " + file + ": " + message, "Raise --memory-bytes-max or lower --batch-bytes-max");
    case DUCKDB_ERROR_IO:
      return unavailable("warehouse " + file + ": " + message, "Check the disk's free space and permissions");
    case DUCKDB_ERROR_INVALID_INPUT:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_CONSTRAINT: return corrupt("warehouse " + file + ": " + message);
    default: return unavailable("warehouse " + file + ": " + message);
  }
}

}  // namespace

struct DuckdbConnection::State {
  std::string file;
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  ~State() {
    if (connection != nullptr) duckdb_disconnect(&connection);
    if (database != nullptr) duckdb_close(&database);
  }
};

DuckdbConnection::DuckdbConnection(std::unique_ptr<State> state) : state_(std::move(state)) {}
DuckdbConnection::~DuckdbConnection() = default;

Result<std::unique_ptr<DuckdbConnection>> DuckdbConnection::open(const DuckdbOptions& options) {
  const std::filesystem::path folder = std::filesystem::path(options.file).parent_path();
  std::error_code error;
  if (!folder.empty() && !std::filesystem::is_directory(folder, error)) {
    return bad_config("warehouse folder " + folder.string() + " does not exist", "Create it, or name another file");
  }
  auto state = std::make_unique<State>();
  state->file = options.file;
  RCML_TRY(state->database, open_patiently(options));
  if (duckdb_connect(state->database, &state->connection) == DuckDBError) {
    return unavailable("warehouse " + options.file + ": DuckDB gives no connection");
  }
  std::unique_ptr<DuckdbConnection> connection(new DuckdbConnection(std::move(state)));
  // A cast of an instant to TIMESTAMP goes through this zone; the host's would move events to another day.
  RCML_OK(connection->execute("set TimeZone = 'UTC'"));
  return connection;
}

Result<int64_t> DuckdbConnection::execute(const std::string& sql) {
  duckdb_result result;
  if (duckdb_query(state_->connection, sql.c_str(), &result) == DuckDBError) {
    Error error = statement_error(state_->file, result);
    duckdb_destroy_result(&result);
    return error;
  }
  const int64_t changed = static_cast<int64_t>(duckdb_rows_changed(&result));
  duckdb_destroy_result(&result);
  return changed;
}

Result<std::vector<DuckdbConnection::TextRow>> DuckdbConnection::query(const std::string& sql) {
  duckdb_result result;
  // The cast is DuckDB's own, so that every type has its usual text.
  const std::string as_text = "select cast(columns(*) as varchar) from (" + sql + "\n) as q";
  if (duckdb_query(state_->connection, as_text.c_str(), &result) == DuckDBError) {
    Error error = statement_error(state_->file, result);
    duckdb_destroy_result(&result);
    return error;
  }
  std::vector<TextRow> rows = drain(result);
  duckdb_destroy_result(&result);
  return rows;
}

}  // namespace rcml::warehouse
