#include "warehouse/transform/dbt_environment.h"

#include <libpq-fe.h>

#include <filesystem>

#include "warehouse/warehouse_url.h"

namespace rcml::warehouse {
namespace {

using Environment = std::map<std::string, std::string>;

// libpq's keyword -> the name in profiles.yml.
const Environment& names_of(Target target) {
  static const Environment postgres = {{"host", "RCML_DBT_PG_HOST"}, {"port", "RCML_DBT_PG_PORT"},
                                       {"user", "RCML_DBT_PG_USER"}, {"password", "RCML_DBT_PG_PASSWORD"},
                                       {"dbname", "RCML_DBT_PG_DB"}, {"sslmode", "RCML_DBT_PG_SSLMODE"}};
  static const Environment redshift = {{"host", "RS_HOST"},    {"port", "RS_PORT"}, {"user", "RS_USER"},
                                       {"password", "RS_PWD"}, {"dbname", "RS_DB"}, {"sslmode", "RS_SSLMODE"}};
  return target == Target::redshift ? redshift : postgres;
}

Result<Environment> server_environment(const WarehouseUrl& url) {
  PQconninfoOption* const parsed = PQconninfoParse(url.connection.c_str(), nullptr);
  if (parsed == nullptr)
    return bad_config("warehouse URL " + url.display + " is malformed",
                      "Percent-encode special characters in user and password");
  Environment environment;
  const Environment& names = names_of(url.target);
  for (const PQconninfoOption* option = parsed; option->keyword != nullptr; ++option) {
    const auto name = names.find(option->keyword);
    if (name != names.end() && option->val != nullptr) environment[name->second] = option->val;
  }
  PQconninfoFree(parsed);
  return environment;
}

Environment duckdb_environment(const WarehouseOptions& options, const WarehouseUrl& url) {
  return {{"RCML_DBT_DUCKDB_PATH", std::filesystem::absolute(url.file).string()},  // dbt runs in another folder.
          {"RCML_DBT_DUCKDB_MEMORY", std::to_string(options.memory_bytes_max / (1 << 20)) + "MiB"},
          {"RCML_DBT_DUCKDB_THREADS", std::to_string(options.threads)}};
}

}  // namespace

Result<std::map<std::string, std::string>> dbt_environment(const WarehouseOptions& options) {
  RCML_TRY(const WarehouseUrl url, parse_warehouse_url(options.url));
  Environment environment;
  if (url.target == Target::duckdb) {
    environment = duckdb_environment(options, url);
  } else {
    RCML_TRY(environment, server_environment(url));
  }
  environment["RCML_DBT_TARGET"] = contract::to_text(url.target);
  environment["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false";
  environment["DBT_USE_COLORS"] = "false";  // dbt does not look at NO_COLOR, and its lines go into our log.
  return environment;
}

}  // namespace rcml::warehouse
