// cli/all_commands.h: one function per subcommand, each in its own file (NAME.cc; words of a name joined by `_`).
// A new one is declared here and listed in commands.cc.
#pragma once

#include "cli/command.h"

namespace rcml::cli {

Command config_show_command();
Command config_example_command();
Command config_reference_command();
Command contract_ddl_command();
Command contract_json_schema_command();
Command contract_dbt_source_command();
Command contract_lake_schema_command();
Command dashboard_command();
Command generate_command();
Command import_command();
Command stream_command();
Command load_command();
Command transform_command();
Command publish_command();
Command audit_command();
Command lake_adopt_command();
Command lake_log_command();
Command lake_compact_command();
Command lake_vacuum_command();
Command lake_checkpoint_command();
Command rejects_list_command();
Command rejects_show_command();
Command rejects_replay_command();
Command spool_log_command();
Command spool_verify_command();
Command spool_trim_command();
Command run_command();
Command demo_command();
Command doctor_command();
Command version_command();

}  // namespace rcml::cli
