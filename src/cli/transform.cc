// rcml transform: one dbt build of the models, then, for DuckDB, a copy published for readers.
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <functional>

#include "cli/all_commands.h"
#include "cli/installation.h"
#include "cli/publish.h"
#include "cli/source_options.h"
#include "cli/warehouse_options.h"
#include "core/clock.h"
#include "warehouse/transform/dbt_environment.h"
#include "warehouse/transform/dbt_run.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;

// One folder per warehouse, or two transforms at once would mix their artifacts.
std::string artifacts_dir(const warehouse::WarehouseUrl& url) {
  char name[40];
  std::snprintf(name, sizeof name, "dbt-%016zx", std::hash<std::string>{}(url.display));
  return (cache_folder() / name).string();
}

Status check_duckdb_file(const warehouse::WarehouseUrl& url) {
  std::error_code error;
  if (fs::exists(url.file, error)) return {};
  return bad_config("there is no warehouse file " + url.file,
                    "Load the lake first: rcml load --lake LAKE --warehouse duckdb:" + url.file);
}

warehouse::DuckdbOptions duckdb_options(const warehouse::WarehouseOptions& options,
                                        const warehouse::WarehouseUrl& url) {
  return {url.file, options.lock_wait, options.memory_bytes_max, options.threads};
}

Result<warehouse::DbtOutcome> build_models(const Settings& settings, const warehouse::WarehouseOptions& options,
                                           const warehouse::WarehouseUrl& url) {
  warehouse::DbtOptions dbt;
  dbt.dbt_bin = dbt_bin(settings);
  dbt.install_command = dbt_install_command();
  dbt.project_dir = dbt_project_dir(settings);
  dbt.artifacts_dir = artifacts_dir(url);
  dbt.select = settings.list("transform.select");
  dbt.is_full_refresh = settings.is_on("transform.full_refresh");
  RCML_TRY(dbt.environment, warehouse::dbt_environment(options));
  return warehouse::run_dbt(dbt);
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"warehouse"}));
  const warehouse::WarehouseOptions options = warehouse_options(settings);
  RCML_TRY(const auto url, warehouse::parse_warehouse_url(options.url));
  const bool is_duckdb = url.target == warehouse::Target::duckdb;
  const UtcMicros began = monotonic_now();
  if (is_duckdb) {
    RCML_OK(check_duckdb_file(url));
    // dbt does not wait for a file that another program holds; this does.
    RCML_OK(warehouse::DuckdbConnection::open(duckdb_options(options, url)));
  }
  RCML_TRY(const auto outcome, build_models(settings, options, url));
  if (is_duckdb && settings.is_on("transform.publish")) RCML_OK(publish_copy(duckdb_options(options, url)));
  std::printf("%" PRId64 " models and tests done, %" PRId64 " warnings, %.1f s\n", outcome.succeeded, outcome.warned,
              static_cast<double>(monotonic_now().value - began.value) / 1e6);
  return 0;
}

}  // namespace

Command transform_command() {
  return {{"transform", "Build the models with dbt, test them, publish the result for readers", "",
           "rcml transform --warehouse duckdb:var/clicks.duckdb\n"
           "rcml transform --warehouse postgres://… --full-refresh",
           "rcml dashboard --warehouse duckdb:var/clicks.duckdb"},
          run};
}

}  // namespace rcml::cli
