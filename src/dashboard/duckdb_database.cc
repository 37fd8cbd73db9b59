#include "dashboard/duckdb_database.h"

#include <duckdb.h>

#include "dashboard/distinct_count.h"
#include "dashboard/query_deadline.h"

namespace rcml::dashboard {
namespace {

// The C API's handles, each destroyed on every way out.
struct Connection {
  duckdb_connection raw = nullptr;
  ~Connection() { duckdb_disconnect(&raw); }
};
struct Statement {
  duckdb_prepared_statement raw = nullptr;
  ~Statement() { duckdb_destroy_prepare(&raw); }
};
struct QueryResult {
  duckdb_result raw{};
  ~QueryResult() { duckdb_destroy_result(&raw); }
};
struct Chunk {
  duckdb_data_chunk raw = nullptr;
  ~Chunk() { duckdb_destroy_data_chunk(&raw); }
};

Error query_failed(const char* message) {
  return unavailable("a query on the marts failed: " + std::string(message == nullptr ? "no reason given" : message),
                     "Run `rcml transform` again; if it stays, the marts do not fit this version of the page");
}

Error query_too_long() {
  return unavailable("the query took too long and was ended",
                     "Choose fewer days or fewer filters, or allow more time with --query-time-max");
}

duckdb_state bind(duckdb_prepared_statement statement, idx_t position, const Value& value) {
  if (const auto* flag = std::get_if<bool>(&value)) return duckdb_bind_boolean(statement, position, *flag);
  if (const auto* whole = std::get_if<int64_t>(&value)) return duckdb_bind_int64(statement, position, *whole);
  if (const auto* number = std::get_if<double>(&value)) return duckdb_bind_double(statement, position, *number);
  if (const auto* text = std::get_if<std::string>(&value))
    return duckdb_bind_varchar_length(statement, position, text->data(), text->size());
  return duckdb_bind_null(statement, position);
}

template <class T>
T at(void* data, idx_t row) {
  return static_cast<const T*>(data)[row];
}

Value text_at(void* data, idx_t row) {
  auto text = static_cast<duckdb_string_t*>(data)[row];
  return std::string(duckdb_string_t_data(&text), duckdb_string_t_length(text));
}

Value value_at(duckdb_type type, void* data, idx_t row) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN: return at<bool>(data, row);
    case DUCKDB_TYPE_TINYINT: return int64_t{at<int8_t>(data, row)};
    case DUCKDB_TYPE_SMALLINT: return int64_t{at<int16_t>(data, row)};
    case DUCKDB_TYPE_INTEGER: return int64_t{at<int32_t>(data, row)};
    case DUCKDB_TYPE_BIGINT: return at<int64_t>(data, row);
    case DUCKDB_TYPE_FLOAT: return double{at<float>(data, row)};
    case DUCKDB_TYPE_DOUBLE: return at<double>(data, row);
    case DUCKDB_TYPE_VARCHAR: return text_at(data, row);
    default: return {};
  }
}

bool is_readable(duckdb_type type) {
  switch (type) {
    case DUCKDB_TYPE_BOOLEAN:
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE:
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_SQLNULL: return true;
    default: return false;
  }
}

void append_chunk(duckdb_data_chunk chunk, const std::vector<duckdb_type>& types, Table& table) {
  const idx_t row_count = duckdb_data_chunk_get_size(chunk);
  const size_t first = table.rows.size();
  for (idx_t row = 0; row < row_count; ++row) table.rows.emplace_back(types.size());
  for (size_t column = 0; column < types.size(); ++column) {
    const duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, column);
    uint64_t* validity = duckdb_vector_get_validity(vector);
    void* data = duckdb_vector_get_data(vector);
    for (idx_t row = 0; row < row_count; ++row) {
      if (validity == nullptr || duckdb_validity_row_is_valid(validity, row))
        table.rows[first + row][column] = value_at(types[column], data, row);
    }
  }
}

Result<Table> read_all(duckdb_result& result) {
  Table table;
  std::vector<duckdb_type> types;
  for (idx_t column = 0; column < duckdb_column_count(&result); ++column) {
    table.columns.emplace_back(duckdb_column_name(&result, column));
    types.push_back(duckdb_column_type(&result, column));
    if (!is_readable(types.back()))
      return query_failed(("column " + table.columns.back() + " has a type that must be cast").c_str());
  }
  while (true) {
    const Chunk chunk{duckdb_fetch_chunk(result)};
    if (chunk.raw == nullptr) return table;
    append_chunk(chunk.raw, types, table);
    if (table.rows.size() > kRowsMax) return query_failed("it gives more than 200000 rows");
  }
}

Result<Table> run_on(const Connection& connection, const Query& query) {
  Statement statement;
  if (duckdb_prepare(connection.raw, query.sql.c_str(), &statement.raw) != DuckDBSuccess)
    return query_failed(duckdb_prepare_error(statement.raw));
  for (size_t position = 0; position < query.binds.size(); ++position) {
    if (bind(statement.raw, position + 1, query.binds[position]) != DuckDBSuccess)
      return query_failed("a value could not be bound");
  }
  QueryResult result;
  if (duckdb_execute_prepared(statement.raw, &result.raw) != DuckDBSuccess)
    return query_failed(duckdb_result_error(&result.raw));
  return read_all(result.raw);
}

}  // namespace

struct DuckdbDatabase::Handle {
  duckdb_database raw = nullptr;
  ~Handle() { duckdb_close(&raw); }
};

DuckdbDatabase::DuckdbDatabase(std::unique_ptr<Handle> handle) : handle_(std::move(handle)) {}
DuckdbDatabase::~DuckdbDatabase() = default;

Result<std::unique_ptr<DuckdbDatabase>> DuckdbDatabase::open(const std::string& path,
                                                             const std::map<std::string, std::string>& config) {
  duckdb_config options = nullptr;
  RCML_CHECK(duckdb_create_config(&options) == DuckDBSuccess);
  for (const auto& [name, value] : config)
    RCML_CHECK(duckdb_set_config(options, name.c_str(), value.c_str()) == DuckDBSuccess);
  auto handle = std::make_unique<Handle>();
  char* message = nullptr;
  const duckdb_state state = duckdb_open_ext(path.c_str(), &handle->raw, options, &message);
  duckdb_destroy_config(&options);
  if (state == DuckDBSuccess) {
    Connection connection;
    RCML_CHECK(duckdb_connect(handle->raw, &connection.raw) == DuckDBSuccess && add_count_numbers(connection.raw));
    return std::unique_ptr<DuckdbDatabase>(new DuckdbDatabase(std::move(handle)));
  }
  Error error = unavailable("cannot open " + path + ": " + (message == nullptr ? "no reason given" : message),
                            "Publish again with `rcml transform --warehouse duckdb:FILE`");
  duckdb_free(message);
  return error;
}

Result<Table> DuckdbDatabase::run(const Query& query) const {
  Connection connection;
  if (duckdb_connect(handle_->raw, &connection.raw) != DuckDBSuccess) return query_failed("no connection");
  QueryDeadline* deadline = QueryDeadline::current();
  const QueryDeadline::Running running(deadline, [&connection] { duckdb_interrupt(connection.raw); });
  Result<Table> table =
      deadline != nullptr && deadline->is_over() ? Result<Table>(query_too_long()) : run_on(connection, query);
  if (!table.ok() && deadline != nullptr && deadline->is_over()) return query_too_long();
  return table;
}

}  // namespace rcml::dashboard
