// dashboard/published_marts.h: reads the copy of the DuckDB warehouse that `rcml transform` publishes.
//
// The loader and dbt write FILE; nobody can read it meanwhile. They publish a finished copy beside it by an atomic
// rename, and that copy is never written again: a new one is a new inode. So reading needs no lock, and a reader that
// still holds the old inode goes on reading it until it lets go.
#pragma once

#include <mutex>
#include <string>

#include "dashboard/mart_reader.h"

namespace rcml::dashboard {

// "/x/clicks.duckdb" -> "/x/clicks.published.duckdb"
std::string published_path(const std::string& warehouse_file);

class PublishedMarts : public MartReader {
 public:
  // Opens nothing yet: the file may appear later.
  explicit PublishedMarts(std::string path) : path_(std::move(path)) {}
  Result<MartStatePtr> current() override;

 private:
  const std::string path_;
  std::mutex mutex_;
  MartStatePtr state_;
};

}  // namespace rcml::dashboard
