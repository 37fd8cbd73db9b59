// warehouse/postgres/pg_connection.h: one connection to PostgreSQL or Redshift over libpq, simple query protocol only
// (Redshift knows no DEALLOCATE ALL, and a load has no use for prepared statements).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "warehouse/warehouse_url.h"

namespace rcml::warehouse {

struct PgOptions {
  WarehouseUrl url;
  std::string tls_root_file;  // Redshift; empty: the system's bundle.
  int retry_count_max = 3;    // Of connecting.
};

// Not thread-safe. Messages never hold the password: libpq's do not, and the URL is shown by its display form only.
class PgConnection {
 public:
  // Tries again while the server does not answer. bad_config when it refuses the user, the password or the database.
  static Result<std::unique_ptr<PgConnection>> connect(const PgOptions& options);
  ~PgConnection();
  PgConnection(const PgConnection&) = delete;
  PgConnection& operator=(const PgConnection&) = delete;

  // Drops the connection and makes a new one, with the same bounded patience.
  Status reconnect();

  // Runs one statement; the rows it changed.
  Result<int64_t> execute(const std::string& sql);
  using TextRow = std::vector<std::optional<std::string>>;
  Result<std::vector<TextRow>> query(const std::string& sql);

  // COPY … FROM STDIN: begin, put any number of times, then end (the server's row count) or abort.
  Status begin_copy(const std::string& sql);
  Status put_copy(std::string_view bytes);
  Result<int64_t> end_copy();
  void abort_copy(const std::string& reason);

  bool is_lost() const;            // The server may or may not have done what was asked last.
  void forget_error();
  bool may_retry_transaction() const;  // The last error says: the same transaction may succeed when run again.
  bool was_cancelled() const;          // The last error says: the statement ran into a timeout, or was cancelled.
  bool lost_creation_race() const;     // The last error says: somebody else has just created the same thing.

 private:
  struct State;
  explicit PgConnection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// How a server's error is to be treated. Pure; sqlstate may be empty.
struct ServerError {
  std::string sqlstate;
  std::string message;
};
Error to_error(const std::string& display, const ServerError& error);
bool is_retryable(const ServerError& error);
bool is_lost_creation_race(const ServerError& error);

}  // namespace rcml::warehouse
