// rcml dashboard: the live page.
#include "dashboard/server.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "cli/all_commands.h"
#include "cli/lake_log_feed.h"
#include "core/log.h"
#include "core/secrets.h"
#include "core/stop.h"
#include "dashboard/access.h"
#include "dashboard/published_marts.h"

namespace rcml::cli {
namespace {

constexpr std::string_view kDuckdb = "duckdb:";
constexpr std::string_view kPublished = ".published.duckdb";

Result<std::string> warehouse_file(const Settings& settings) {
  const std::string url = settings.text("warehouse");
  if (url.starts_with(kDuckdb) && url.size() > kDuckdb.size()) {
    const std::string file = url.substr(kDuckdb.size());
    if (!file.ends_with(kPublished)) return file;
    const std::string warehouse = file.substr(0, file.size() - kPublished.size()) + ".duckdb";
    return bad_config(file + " is the copy that the page looks for by itself",
                      "Name the warehouse: duckdb:" + warehouse);
  }
  if (url.empty()) return bad_config("no warehouse is named", "Give --warehouse duckdb:FILE or set RCML_WAREHOUSE");
  return bad_config("the page reads a DuckDB warehouse, not " + masked(url),
                    "Use --warehouse duckdb:FILE, or Superset (dashboards/superset) for PostgreSQL and Redshift");
}

// "/x/clicks.duckdb" -> "/x/clicks.audit.json"
std::string audit_path(const std::string& file) {
  const std::string published = dashboard::published_path(file);
  return published.substr(0, published.size() - kPublished.size()) + ".audit.json";
}

struct Token {
  std::string text;  // Empty: none is asked for.
  bool is_generated = false;
};

dashboard::ServerOptions server_options(const Settings& settings) {
  dashboard::ServerOptions options;
  options.listen = settings.text("dashboard.listen");
  options.allows_remote = settings.is_on("dashboard.allow_remote");
  options.hosts = settings.list("dashboard.allow_host");
  options.proxies = settings.list("dashboard.trust_proxy");
  options.has_secure_cookie = settings.is_on("dashboard.secure_cookie");
  options.queries.threads = static_cast<size_t>(settings.count("dashboard.queries_max"));
  options.queries.queue_max = static_cast<size_t>(settings.count("dashboard.query_queue_max"));
  options.queries.time_max = settings.millis("dashboard.query_time_max");
  return options;
}

// flag > environment > .env
int rank_of(const std::string& origin) {
  return origin.starts_with("flag") ? 2 : origin.starts_with("environment") ? 1 : 0;
}

void warn_of_readers(const std::string& token_file) {
  struct stat found{};
  if (::stat(token_file.c_str(), &found) == 0 && (found.st_mode & S_IROTH) != 0)
    log_warn("every user of this machine can read the token file", {{"cure", "chmod 600 " + token_file}});
}

// From the file, from the setting or, where the page would be open to the network, a new one.
Result<Token> choose_token(const Settings& settings, const dashboard::ServerOptions& options) {
  std::string file = settings.text("dashboard.token_file");
  std::string text = settings.text("dashboard.token");
  if (!file.empty() && !text.empty()) {  // Whichever was given the stronger way, as for every setting.
    const int file_rank = rank_of(settings.origin("dashboard.token_file"));
    const int text_rank = rank_of(settings.origin("dashboard.token"));
    if (file_rank == text_rank)
      return bad_config("both a token and a token file are given",
                        "Give --token-file FILE or RCML_DASHBOARD_TOKEN, not both");
    (file_rank > text_rank ? text : file).clear();
  }
  if (!file.empty()) {
    RCML_TRY(std::string from_file, dashboard::read_token_file(file));
    remember_secret(from_file);
    warn_of_readers(file);
    return Token{std::move(from_file)};
  }
  if (!text.empty()) {
    if (settings.origin("dashboard.token").starts_with("flag"))
      log_warn("other users of this machine can read a token on the command line",
               {{"cure", "use --token-file FILE or RCML_DASHBOARD_TOKEN"}});
    if (const Status form = dashboard::check_token_form(text); !form.ok())
      return bad_config(form.error().message + " (" + settings.origin("dashboard.token") + ")", form.error().cure);
    return Token{text};
  }
  RCML_TRY(const bool is_needed, dashboard::needs_token(options));
  if (!is_needed) return Token{};
  Token token{dashboard::random_token(), true};
  remember_secret(token.text);
  return token;
}

// The one place where a token is printed: nobody else knows a generated one.
void print_address(const dashboard::Server& server, const Token& token, const dashboard::ServerOptions& options) {
  std::printf("The page is at %s\n", server.url().c_str());
  if (token.is_generated) {
    std::printf(
        "Sign in once with the token that was generated for this run: %s?token=%s\n"
        "(Elsewhere, put this machine's address in place of the host. To keep a token over restarts: --token-file FILE)\n",
        server.url().c_str(), token.text.c_str());
  } else if (!token.text.empty()) {
    std::printf("Sign in with the token you started it with.\n");
  } else if (options.allows_remote) {
    std::printf("It asks nobody for a token (--allow-remote): whoever reaches that port sees it.\n");
  } else if (!options.hosts.empty()) {
    log_warn("the page asks nobody for a token, and --allow-host lets it be reached under another name",
             {{"cure", "give --token-file FILE, unless something in front of the page checks who asks"}});
  }
  std::fflush(stdout);
}

Result<int> run(const Settings& settings) {
  RCML_TRY(const std::string file, warehouse_file(settings));
  dashboard::PublishedMarts marts(dashboard::published_path(file));
  LakeLogFeed feed(settings.text("lake"));
  dashboard::ServerOptions options = server_options(settings);
  options.audit_path = audit_path(file);
  RCML_TRY(const Token token, choose_token(settings, options));
  options.token = token.text;
  RCML_TRY(const auto server, dashboard::Server::start(options, marts, settings.has("lake") ? &feed : nullptr));
  print_address(*server, token, options);
  while (!sleep_or_stop(Millis(60'000))) {}
  if (server->stop()) return 0;
  // A library is still waiting for somebody, and must not meet the process's end half-way.
  std::fflush(stdout);
  _exit(0);
}

}  // namespace

Command dashboard_command() {
  return {{"dashboard", "Serve the live page of the published numbers", "",
           "rcml dashboard --warehouse duckdb:var/clicks.duckdb --lake var/lake\n"
           "rcml dashboard --warehouse duckdb:var/clicks.duckdb --token-file token --allow-host clicks.shop.example "
           "--trust-proxy 127.0.0.1",
           ""},
          run};
}

}  // namespace rcml::cli
