#include "loader/passing_files.h"

#include <filesystem>

#include "core/clock.h"
#include "core/log.h"
#include "core/uuid.h"
#include "lake/delta/table_limits.h"
#include "lake/maintain/merge_files.h"

namespace rcml::loader {

using warehouse::LakeFile;

LakeFile lake_file(const lake::Table& table, const lake::DataFile& file, TableVersion version) {
  LakeFile made;
  made.path = lake::live_key(file);
  made.absolute = (table.location().is_local() ? "" : "s3://") + table.location().absolute(file.path);
  const auto dt = file.partition_values.find("dt");
  made.dt = dt != file.partition_values.end() ? dt->second : lake::dt_of_key(made.path);
  made.bytes = file.bytes;
  made.row_count = file.row_count;
  made.version = version;
  return made;
}

Status check_file(const lake::Table& table, const lake::DataFile& file) {
  if (!lake::is_plain_path(file.path)) return lake::foreign_path_error(table.location().url(), file.path);
  const LakeFile made = lake_file(table, file, TableVersion(0));
  if (parse_dt(made.dt)) return {};
  return bad_config("the table " + table.location().url() + " has rows without a date as their dt: " + file.path,
                    "Nothing of that file was loaded. Give the rows their date (UPDATE … SET dt = …) or delete them");
}

PassingFiles::PassingFiles(const lake::Table& table, std::vector<lake::FileColumn> columns, std::string folder)
    : table_(table), columns_(std::move(columns)), folder_(std::move(folder)) {}

PassingFiles::~PassingFiles() {
  remove_all();
  std::error_code ignored;
  if (location_ != nullptr && location_->is_local()) std::filesystem::remove(location_->absolute(""), ignored);
}

Result<std::vector<LakeFile>> PassingFiles::prepare(const std::vector<lake::DataFile>& files, TableVersion version) {
  std::vector<LakeFile> prepared;
  for (lake::DataFile file : files) {
    RCML_OK(check_file(table_, file));
    if (file.deletion_vector_json.empty()) {
      RCML_OK(table_.count_rows(file));
      prepared.push_back(lake_file(table_, file, version));
    } else {
      RCML_TRY(LakeFile copy, without_deleted_rows(file, version));
      prepared.push_back(std::move(copy));
    }
  }
  return prepared;
}

Result<LakeFile> PassingFiles::without_deleted_rows(const lake::DataFile& file, TableVersion version) {
  if (location_ == nullptr) {
    RCML_TRY(location_, lake::Location::open(folder_));
  }
  lake::DataFile counted = file;
  RCML_OK(table_.count_rows(counted));
  const std::string name = "rows-" + random_uuid() + ".parquet";
  made_.push_back(name);
  RCML_TRY(const lake::DataFile copy, lake::merge_files(table_, {counted}, columns_, *location_, name));
  LakeFile made = lake_file(table_, counted, version);
  made.absolute = (location_->is_local() ? "" : "s3://") + location_->absolute(name);
  made.bytes = copy.bytes;
  made.row_count = copy.row_count;
  return made;
}

void PassingFiles::remove_all() {
  for (const std::string& name : made_) {
    if (const Status removed = location_->remove(name); !removed.ok())
      log_warn("a copy of a lake file is left over", {{"place", location_->absolute(name)}});
  }
  made_.clear();
}

}  // namespace rcml::loader
