// dashboard/duckdb_database.h: DuckDB as the page uses it: open, run one prepared statement, get a small typed table.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "dashboard/table.h"

namespace rcml::dashboard {

// Rows beyond this are an error: a panel that asks for more is a bug, and memory stays bounded.
inline constexpr size_t kRowsMax = 200'000;

// Owns the database; each run() has a connection of its own, so threads do not wait for each other. Thread-safe.
class DuckdbDatabase {
 public:
  // `path` may be ":memory:". `config` as DuckDB's own options. Unavailable when the file cannot be opened.
  static Result<std::unique_ptr<DuckdbDatabase>> open(const std::string& path,
                                                      const std::map<std::string, std::string>& config);
  ~DuckdbDatabase();
  DuckdbDatabase(const DuckdbDatabase&) = delete;
  DuckdbDatabase& operator=(const DuckdbDatabase&) = delete;

  // Beside DuckDB's own functions there is count_numbers (distinct_count.h). Under a QueryDeadline of the calling thread
  // a query that takes too long is interrupted; that is `unavailable`.
  // Result columns must be boolean, whole numbers up to 64 bits, float/double or varchar: cast the others in the SQL.
  Result<Table> run(const Query& query) const;

 private:
  struct Handle;
  explicit DuckdbDatabase(std::unique_ptr<Handle> handle);
  std::unique_ptr<Handle> handle_;
};

}  // namespace rcml::dashboard
