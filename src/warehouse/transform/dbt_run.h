// warehouse/transform/dbt_run.h: one `dbt build` of the models, its failures as an Error that names them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"

namespace rcml::warehouse {

struct DbtOptions {
  std::string dbt_bin;
  std::string install_command = "tools/setup.sh dbt";  // What a person types to get a missing dbt.
  std::string project_dir;
  std::string artifacts_dir;                       // dbt's target folder: compiled SQL, run_results.json.
  std::map<std::string, std::string> environment;  // Of dbt_environment().
  std::vector<std::string> select;                 // Empty: everything.
  bool is_full_refresh = false;
};

struct DbtOutcome {
  int64_t succeeded = 0;  // Models and tests.
  int64_t warned = 0;
  std::vector<std::string> failures;  // "not_null_stg_clicks_event_id: Got 3 results, configured to fail if != 0"
};

// needs_person naming every failed model and test; unavailable when the warehouse is held by another program or does
// not answer; bad_config when dbt or the project is missing.
Result<DbtOutcome> run_dbt(const DbtOptions& options);

// Pure: reads run_results.json.
Result<DbtOutcome> parse_run_results(const std::string& json);

}  // namespace rcml::warehouse
