// rcml contract ddl|json-schema|dbt-source|lake-schema: the contract's columns as text for others, on standard output.
#include <cstdio>

#include "cli/all_commands.h"
#include "contract/schema_text.h"
#include "lake/schemas.h"
#include "warehouse/raw_schema.h"

namespace rcml::cli {
namespace {

Result<int> print(const std::string& text) {
  const bool is_written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
  if (!is_written) return os_error("write", "standard output");
  return 0;
}

Result<int> run_ddl(const Settings& settings) {
  const auto target = contract::parse_target(settings.text("contract.target"));
  RCML_CHECK(target.has_value());  // The table of settings has the same three choices.
  std::string text = contract::ddl(*target);
  for (const std::string& sql : warehouse::loader_statements()) text += "\n" + sql + ";\n";
  return print(text);
}

Result<int> run_json_schema(const Settings&) { return print(contract::json_schema()); }

Result<int> run_dbt_source(const Settings&) { return print(contract::dbt_source()); }

Result<int> run_lake_schema(const Settings&) { return print(lake::lake_schema_json()); }

}  // namespace

Command contract_ddl_command() {
  return {{"contract ddl", "Print the warehouse's raw tables as SQL", "",
           "rcml contract ddl --target redshift\nrcml contract ddl --target postgres | psql mydb", ""},
          run_ddl};
}

Command contract_json_schema_command() {
  return {{"contract json-schema", "Print what an event looks like, as JSON Schema", "",
           "rcml contract json-schema > event.schema.json", ""},
          run_json_schema};
}

Command contract_dbt_source_command() {
  return {{"contract dbt-source", "Print the raw tables as a dbt source", "",
           "rcml contract dbt-source > dags/clickstream/models/_sources.yml", ""},
          run_dbt_source};
}

Command contract_lake_schema_command() {
  return {{"contract lake-schema", "Print the columns and the lake's two tables as JSON, for other writers of the lake",
           "", "rcml contract lake-schema > spark/contract.json", ""},
          run_lake_schema};
}

}  // namespace rcml::cli
