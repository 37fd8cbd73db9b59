// The subcommands, in the order a click meets them; help lists them so.
#include <vector>

#include "cli/all_commands.h"

namespace rcml::cli {

std::span<const Command> commands() {
  static const std::vector<Command> all = {
      generate_command(),
      import_command(),
      stream_command(),
      load_command(),
      transform_command(),
      publish_command(),
      audit_command(),
      lake_log_command(),
      lake_compact_command(),
      lake_vacuum_command(),
      lake_checkpoint_command(),
      lake_adopt_command(),
      rejects_list_command(),
      rejects_show_command(),
      rejects_replay_command(),
      spool_log_command(),
      spool_verify_command(),
      spool_trim_command(),
      run_command(),
      demo_command(),
      doctor_command(),
      contract_ddl_command(),
      contract_json_schema_command(),
      contract_dbt_source_command(),
      contract_lake_schema_command(),
      config_show_command(),
      config_example_command(),
      config_reference_command(),
      dashboard_command(),
      version_command(),
  };
  return all;
}

}  // namespace rcml::cli
