// What the doctor asks of the warehouse: may a load and the models do there what they must?
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <regex>

#include "cli/doctor/parts.h"
#include "cli/warehouse_options.h"
#include "warehouse/duckdb/duckdb_connection.h"
#include "warehouse/postgres/pg_connection.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;
using warehouse::Target;

struct WarehouseCase {
  warehouse::WarehouseUrl url;
  warehouse::WarehouseOptions options;
  std::unique_ptr<warehouse::PgConnection> connection;
};

// The lock is asked for, not waited for: who holds it is what a person wants to know.
Result<Verdict> open_duckdb(const WarehouseCase& at) {
  const std::string& file = at.url.file;
  std::error_code error;
  if (!fs::exists(file, error)) {
    const fs::path folder = fs::absolute(file, error).parent_path();
    if (fs::exists(folder, error) && access(folder.c_str(), W_OK) != 0)
      return bad_config("may not make files in " + folder.string(),
                        "Change the folder's owner or mode, or name another");
    return Verdict{file + " does not exist yet, the first load will make it", {}};
  }
  if (access(file.c_str(), W_OK) != 0)
    return bad_config("may not write to " + file, "Change the file's owner or mode: chown, chmod u+w");
  RCML_TRY(const auto connection,
           warehouse::DuckdbConnection::open({file, Millis(0), at.options.memory_bytes_max, at.options.threads}));
  RCML_TRY(const auto rows, connection->query("select version()"));
  return Verdict{file + ", DuckDB " + rows.at(0).at(0).value_or(""), {}};
}

// "postgres://host:5432/db" -> host and port; nothing for a socket, a list of hosts, or a name libpq would look up.
Result<Verdict> reach_server(const WarehouseCase& at) {
  const size_t begin = at.url.display.find("://") + 3;
  const std::string place = at.url.display.substr(begin, at.url.display.find('/', begin) - begin);
  if (place.empty() || place.find_first_of(",%") != std::string::npos) return Verdict{"left to the driver", {}};
  const bool has_port = place.rfind(':') != std::string::npos && place.back() != ']';
  if (has_port) return reach(place);
  return reach(place, at.url.target == Target::redshift ? "5439" : "5432");
}

Result<Verdict> log_in(WarehouseCase& at) {
  RCML_TRY(at.connection, warehouse::PgConnection::connect({at.url, at.options.tls_root_file, 0}));
  RCML_TRY(const auto rows, at.connection->query("select version()"));
  const std::string version = rows.at(0).at(0).value_or("");
  return Verdict{at.url.display + ", " + version.substr(0, version.find(" on ")), {}};
}

Status make_probe(warehouse::PgConnection& connection, const std::string& schema) {
  RCML_TRY(const auto found, connection.query("select 1 from pg_namespace where nspname = '" + schema + "'"));
  if (found.empty()) RCML_OK(connection.execute("create schema " + schema));
  RCML_OK(connection.execute("create table " + schema + ".rcml_doctor_probe (probe integer)"));
  RCML_OK(connection.execute("insert into " + schema + ".rcml_doctor_probe values (1)"));
  return {};
}

// All of it in a transaction that is rolled back: nothing stays.
Result<Verdict> make_tables(WarehouseCase& at, const std::string& schema) {
  RCML_OK(at.connection->execute("begin"));
  Status made = make_probe(*at.connection, schema);
  RCML_OK(at.connection->execute("rollback"));
  if (made.ok()) return Verdict{"may make tables in schema " + schema, {}};
  Error error = made.take_error();
  if (error.message.find("permission denied") != std::string::npos) {
    error.kind = ErrorKind::bad_config;
    error.cure = "As the database's owner: create schema if not exists " + schema + "; grant usage, create on schema " +
                 schema + " to this user";
  }
  return error;
}

Result<Verdict> copy_role(const std::string& role, const std::string& manifests) {
  static const std::regex arn("arn:aws[a-z-]*:iam::[0-9]{12}:role/.+");
  if (manifests.empty())
    return bad_config("Redshift reads files on S3, and the lake is not there",
                      "Name the lake as s3://BUCKET/PREFIX, or set --manifest-url");
  if (role.empty())
    return Verdict{"COPY will use the cluster's default role", "Set RS_ROLE_ARN unless the cluster has a default role"};
  if (std::regex_match(role, arn)) return Verdict{role, {}};
  return bad_config("\"" + role + "\" is no role", "Write RS_ROLE_ARN as arn:aws:iam::ACCOUNT:role/NAME");
}

std::string marts_schema() {
  const char* name = std::getenv("RCML_DBT_SCHEMA");
  return name == nullptr || *name == '\0' ? "marts" : name;
}

}  // namespace

CheckGroup warehouse_checks(const Settings& settings) {
  if (!settings.has("warehouse")) return {};
  auto at = std::make_shared<WarehouseCase>();
  at->options = warehouse_options(settings);
  auto url = warehouse::parse_warehouse_url(at->options.url);
  if (!url.ok()) return {{"warehouse", [error = url.take_error()]() -> Result<Verdict> { return error; }}};
  at->url = *url;
  if (at->url.target == Target::duckdb) {
    return {{"warehouse room", [at] { return disk_space(at->url.file); }},
            {"warehouse file", [at] { return open_duckdb(*at); }}};
  }
  CheckGroup group;
  if (at->url.target == Target::redshift)
    group.push_back(
        {"warehouse role", [at] { return copy_role(at->options.copy_role_arn, at->options.manifest_url); }});
  group.push_back({"warehouse reach", [at] { return reach_server(*at); }});
  group.push_back({"warehouse login", [at] { return log_in(*at); }});
  group.push_back({"warehouse raw", [at] { return make_tables(*at, "raw"); }});
  group.push_back({"warehouse marts", [at] { return make_tables(*at, marts_schema()); }});
  return group;
}

}  // namespace rcml::cli
