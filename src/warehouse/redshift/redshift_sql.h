// warehouse/redshift/redshift_sql.h: manifest and statements of a Redshift load. Pure; the facts behind each line are in
// docs/operations/redshift.md.
//
// COPY reads Parquet by position, so it fills a temporary stage table that has exactly the file's columns in the file's
// order; INSERT … SELECT then goes by name and adds dt. Files of different columns need a stage each.
#pragma once

#include <string>
#include <vector>

#include "warehouse/parquet_input.h"

namespace rcml::warehouse {

// Files that one COPY reads: same columns in the same order, and the same dt where it does not follow from the times.
struct StageGroup {
  std::vector<std::string> columns;
  std::string fixed_dt;  // InspectedFile::fixed_dt.
  std::vector<LakeFile> files;
  int64_t row_count = 0;
};
std::vector<StageGroup> stage_groups(const std::vector<InspectedFile>& files);

// Every file with its exact length, which Redshift requires for Parquet, and mandatory, or a lost file would be skipped
// in silence. bad_config when a file is not on S3.
Result<std::string> manifest_json(RawTable table, const std::vector<LakeFile>& files);

std::string stage_name(RawTable table);
std::string create_stage_sql(RawTable table, const StageGroup& group);
// `role_arn` empty: the cluster's default role.
std::string copy_stage_sql(RawTable table, const std::string& manifest_url, const std::string& role_arn);
std::string count_stage_sql(RawTable table);
std::string insert_from_stage_sql(RawTable table, const StageGroup& group);
std::string drop_stage_sql(RawTable table);
std::string lock_ledger_sql();
// How long the statements that follow may take, and the server's own limit again.
std::string limit_statement_sql(Millis time_max);
std::string unlimit_statement_sql();

}  // namespace rcml::warehouse
