// rcml dashboard: the live page.
#include "dashboard/server.h"

#include <cstdio>

#include "cli/all_commands.h"
#include "cli/lake_log_feed.h"
#include "core/stop.h"
#include "dashboard/published_marts.h"

namespace rcml::cli {
namespace {

constexpr std::string_view kDuckdb = "duckdb:";

Result<std::string> warehouse_file(const Settings& settings) {
  const std::string url = settings.text("warehouse");
  if (url.starts_with(kDuckdb) && url.size() > kDuckdb.size()) return url.substr(kDuckdb.size());
  if (url.empty()) return bad_config("no warehouse is named", "Give --warehouse duckdb:FILE or set RCML_WAREHOUSE");
  return bad_config("the page reads a DuckDB warehouse, not " + masked(url),
                    "Use --warehouse duckdb:FILE, or Superset (dashboards/superset) for PostgreSQL and Redshift");
}

// "/x/clicks.duckdb" -> "/x/clicks.audit.json"
std::string audit_path(const std::string& file) {
  const std::string published = dashboard::published_path(file);
  return published.substr(0, published.size() - std::string_view(".published.duckdb").size()) + ".audit.json";
}

Result<int> run(const Settings& settings) {
  RCML_TRY(const std::string file, warehouse_file(settings));
  dashboard::PublishedMarts marts(dashboard::published_path(file));
  LakeLogFeed feed(settings.text("lake"));
  dashboard::ServerOptions options;
  options.listen = settings.text("dashboard.listen");
  options.token = settings.text("dashboard.token");
  options.allows_remote = settings.is_on("dashboard.allow_remote");
  options.hosts = settings.list("dashboard.allow_host");
  options.audit_path = audit_path(file);
  RCML_TRY(const auto server, dashboard::Server::start(options, marts, settings.has("lake") ? &feed : nullptr));
  std::printf("The page is at %s%s\n", server->url().c_str(),
              options.token.empty() ? "" : "?token=… (the token it was started with)");
  std::fflush(stdout);
  while (!sleep_or_stop(Millis(60'000))) {}
  server->stop();
  return 0;
}

}  // namespace

Command dashboard_command() {
  return {
      {"dashboard", "Serve the live page of the published numbers", "",
       "rcml dashboard --warehouse duckdb:var/clicks.duckdb --lake var/lake\n"
       "rcml dashboard --warehouse duckdb:var/clicks.duckdb --listen 0.0.0.0:8080 --token \"$(openssl rand -hex 16)\"",
       ""},
      run};
}

}  // namespace rcml::cli
