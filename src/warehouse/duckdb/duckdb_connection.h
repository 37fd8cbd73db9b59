// warehouse/duckdb/duckdb_connection.h: a DuckDB file opened for writing, over DuckDB's C API.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace rcml::warehouse {

struct DuckdbOptions {
  std::string file;
  Millis lock_wait;          // DuckDB lets one process write: how long to wait for the other one.
  int64_t memory_bytes_max;
  int threads;
};

// One connection; not thread-safe. Two connections of one process to one file share the open database: the operating
// system's file locks do not keep a process from itself.
class DuckdbConnection {
 public:
  // Creates the file when it is missing. unavailable when another process keeps it past lock_wait.
  static Result<std::unique_ptr<DuckdbConnection>> open(const DuckdbOptions& options);
  ~DuckdbConnection();
  DuckdbConnection(const DuckdbConnection&) = delete;
  DuckdbConnection& operator=(const DuckdbConnection&) = delete;

  // Runs one statement and returns the rows it changed. The error is DuckDB's text.
  Result<int64_t> execute(const std::string& sql);
  using TextRow = std::vector<std::optional<std::string>>;
  // Every value as text.
  Result<std::vector<TextRow>> query(const std::string& sql);

 private:
  struct State;
  explicit DuckdbConnection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace rcml::warehouse
