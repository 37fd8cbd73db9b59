// warehouse/transform/publish.h: a copy of the DuckDB file for readers.
//
// DuckDB lets nobody read a file that another process writes. Readers (the live page, Superset) therefore open a copy,
// which is replaced by rename: they keep the one they have open, and find the new one when they look again.
#pragma once

#include <string>

#include "core/result.h"
#include "warehouse/duckdb/duckdb_connection.h"

namespace rcml::warehouse {

// clicks.duckdb -> clicks.published.duckdb, in the same folder.
std::string published_path(const std::string& file);

struct PublishReport {
  int64_t bytes = 0;
  bool is_reflink = false;  // The file system shared the blocks: no bytes were copied.
};

// Takes the writer's lock (bounded wait), checkpoints, copies, fsyncs, renames. The copy is complete or not there;
// no write-ahead log lies beside it. A crash leaves at most a .tmp file, which the next publication overwrites.
Result<PublishReport> publish(const DuckdbOptions& options, const std::string& published_file);

}  // namespace rcml::warehouse
