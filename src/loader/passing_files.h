// loader/passing_files.h: lake files as a warehouse can read them.
//
// No warehouse knows deletion vectors. A file that has one is copied without those rows to a place where the warehouse
// reads it, and goes away with this object; all other files are read where they lie.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lake/parquet/column_file.h"
#include "lake/table_history.h"
#include "warehouse/warehouse.h"

namespace rcml::loader {

// bad_config, naming the file, when no warehouse can take it: it has no date, or lies where rcml cannot follow.
Status check_file(const lake::Table& table, const lake::DataFile& file);

// The file as a warehouse knows it: s3://bucket/key or an absolute path, and the key of the ledger.
warehouse::LakeFile lake_file(const lake::Table& table, const lake::DataFile& file, TableVersion version);

class PassingFiles {
 public:
  // `folder`: an absolute path, or s3://BUCKET/FOLDER/ for a warehouse that reads S3 only. Made when it is needed.
  // `columns` are those of the table's files. `table` must outlive this.
  PassingFiles(const lake::Table& table, std::vector<lake::FileColumn> columns, std::string folder);
  ~PassingFiles();
  PassingFiles(const PassingFiles&) = delete;
  PassingFiles& operator=(const PassingFiles&) = delete;

  // In the same order. A file without a known number of rows is counted.
  Result<std::vector<warehouse::LakeFile>> prepare(const std::vector<lake::DataFile>& files, TableVersion version);
  void remove_all();

 private:
  Result<warehouse::LakeFile> without_deleted_rows(const lake::DataFile& file, TableVersion version);

  const lake::Table& table_;
  std::vector<lake::FileColumn> columns_;
  std::string folder_;
  std::shared_ptr<lake::Location> location_;
  std::vector<std::string> made_;
};

}  // namespace rcml::loader
