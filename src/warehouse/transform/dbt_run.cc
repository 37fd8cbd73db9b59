#include "warehouse/transform/dbt_run.h"

#include <simdjson.h>

#include <deque>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "core/log.h"
#include "warehouse/transform/child_process.h"

namespace rcml::warehouse {
namespace {

namespace fs = std::filesystem;

constexpr size_t kTailLines = 12;

// "test.clickstream.not_null_x.9f" -> "not_null_x"
std::string short_name(std::string_view unique_id) {
  const size_t first = unique_id.find('.');
  const size_t second = first == std::string_view::npos ? first : unique_id.find('.', first + 1);
  if (second == std::string_view::npos) return std::string(unique_id);
  const size_t third = unique_id.find('.', second + 1);
  return std::string(unique_id.substr(second + 1, third == std::string_view::npos ? third : third - second - 1));
}

std::string one_line(std::string_view text) {
  std::string line(text);
  for (char& c : line) {
    if (c == '\n') c = ' ';
  }
  return line;
}

ChildCommand build_command(const DbtOptions& options) {
  ChildCommand command;
  command.arguments = {options.dbt_bin, "build", "--project-dir", options.project_dir, "--profiles-dir",
                       options.project_dir, "--target-path", options.artifacts_dir, "--log-path",
                       options.artifacts_dir + "/logs",
                       // They test the models, not the data; `make test` runs them (tests/dbt).
                       "--exclude-resource-type", "unit_test"};
  if (options.is_full_refresh) command.arguments.push_back("--full-refresh");
  if (!options.select.empty()) command.arguments.push_back("--select");
  for (const std::string& selector : options.select) command.arguments.push_back(selector);
  command.environment = options.environment;
  return command;
}

std::string joined(const std::deque<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += "\n  " + line;
  return text;
}

// dbt ended without a list of results: it could not start, parse the project or reach the warehouse.
Error early_end(int exit_code, const std::deque<std::string>& tail, bool is_locked) {
  const std::string message = "dbt ended with code " + std::to_string(exit_code) + ":" + joined(tail);
  if (is_locked)
    return unavailable(message, "Another program holds the DuckDB file: close it, then run rcml transform again");
  return unavailable(message, "Check the lines above; `rcml doctor` checks the warehouse's connection");
}

Error failure(const DbtOutcome& outcome) {
  std::string message =
      "dbt: " + std::to_string(outcome.failures.size()) + " of " +
      std::to_string(outcome.succeeded + outcome.warned + static_cast<int64_t>(outcome.failures.size())) +
      " steps failed";
  for (const std::string& line : outcome.failures) message += "\n  - " + line;
  return needs_person(
      message,
      "Readers keep the copy published before. Look at the failing rows with the SQL in the artifacts' compiled/ folder");
}

Status check_places(const DbtOptions& options) {
  std::error_code error;
  if (!fs::exists(options.project_dir + "/dbt_project.yml", error)) {
    return bad_config("there is no dbt project in " + options.project_dir,
                      "Set --project-dir to the folder of dbt_project.yml (dags/clickstream)");
  }
  fs::create_directories(options.artifacts_dir, error);
  if (error) return unavailable("cannot make " + options.artifacts_dir + ": " + error.message());
  fs::remove(options.artifacts_dir + "/run_results.json",
             error);  // Or an old run's results would be taken for this one's.
  return {};
}

}  // namespace

Result<DbtOutcome> run_dbt(const DbtOptions& options) {
  RCML_OK(check_places(options));
  std::deque<std::string> tail;
  bool is_locked = false;
  auto exit_code = run_child(build_command(options), [&](const std::string& line) {
    log_info("dbt", {{"line", line}});
    is_locked = is_locked || line.find("Could not set lock on file") != std::string::npos;
    tail.push_back(line);
    if (tail.size() > kTailLines) tail.pop_front();
  });
  if (!exit_code.ok()) {
    Error error = exit_code.take_error();
    if (error.kind == ErrorKind::bad_config)
      error.cure = "Install dbt with: " + options.install_command +
                   "  (or set --dbt-bin to a dbt that has the adapter of this warehouse)";
    return error;
  }
  std::ifstream file(options.artifacts_dir + "/run_results.json");
  if (!file) return early_end(*exit_code, tail, is_locked);
  std::ostringstream text;
  text << file.rdbuf();
  RCML_TRY(const DbtOutcome outcome, parse_run_results(text.str()));
  if (!outcome.failures.empty()) return failure(outcome);
  if (*exit_code != 0) return early_end(*exit_code, tail, is_locked);
  return outcome;
}

Result<DbtOutcome> parse_run_results(const std::string& json) {
  simdjson::dom::parser parser;
  simdjson::dom::array results;
  if (parser.parse(json)["results"].get(results) != simdjson::SUCCESS) {
    return corrupt("dbt's run_results.json has no list of results", "Is this the dbt version tools/setup.sh installs?");
  }
  DbtOutcome outcome;
  for (const simdjson::dom::element result : results) {
    std::string_view status;
    std::string_view id;
    std::string_view message;
    if (result["status"].get(status) != simdjson::SUCCESS || result["unique_id"].get(id) != simdjson::SUCCESS) {
      return corrupt("dbt's run_results.json has a result without status",
                     "Is this the dbt version tools/setup.sh installs?");
    }
    if (result["message"].get(message) != simdjson::SUCCESS) message = {};  // Null for most that passed.
    if (status == "success" || status == "pass") ++outcome.succeeded;
    else if (status == "warn") ++outcome.warned;
    else if (status == "fail" || status == "error" || status == "runtime error") {
      outcome.failures.push_back(short_name(id) + ": " + one_line(message));
    }
  }
  return outcome;
}

}  // namespace rcml::warehouse
