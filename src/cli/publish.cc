// rcml publish: what was built becomes what readers see. A step of its own for schedulers; `rcml transform` does it too.
#include "cli/publish.h"

#include <cinttypes>
#include <cstdio>
#include <filesystem>

#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "cli/warehouse_options.h"
#include "core/clock.h"
#include "core/log.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {

Status publish_copy(const warehouse::DuckdbOptions& options) {
  const UtcMicros began = monotonic_now();
  const std::string published = warehouse::published_path(options.file);
  RCML_TRY(const auto report, warehouse::publish(options, published));
  log_info("published", {{"file", published},
                         {"bytes", report.bytes},
                         {"reflink", report.is_reflink ? "yes" : "no"},
                         {"ms", (monotonic_now().value - began.value) / 1000}});
  return {};
}

namespace {

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"warehouse"}));
  const warehouse::WarehouseOptions options = warehouse_options(settings);
  RCML_TRY(const auto url, warehouse::parse_warehouse_url(options.url));
  if (url.target != warehouse::Target::duckdb) {
    std::printf("nothing to copy: readers read %s itself\n", url.display.c_str());
    return 0;
  }
  if (std::error_code error; !std::filesystem::exists(url.file, error)) {
    return bad_config("there is no warehouse file " + url.file,
                      "Load and build it first: rcml load, then rcml transform");
  }
  RCML_OK(publish_copy({url.file, options.lock_wait, options.memory_bytes_max, options.threads}));
  std::printf("published %s\n", warehouse::published_path(url.file).c_str());
  return 0;
}

}  // namespace

Command publish_command() {
  return {{"publish", "Show readers what was built: replace their copy of a DuckDB warehouse", "",
           "rcml transform --warehouse duckdb:var/clicks.duckdb --no-publish\n"
           "rcml publish --warehouse duckdb:var/clicks.duckdb",
           "rcml dashboard --warehouse duckdb:var/clicks.duckdb"},
          run};
}

}  // namespace rcml::cli
