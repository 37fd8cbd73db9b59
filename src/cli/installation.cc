#include "cli/installation.h"

#include <unistd.h>

#include <cstdlib>
#include <initializer_list>

namespace rcml::cli {
namespace {

namespace fs = std::filesystem;

// Symbolic links are followed. The loader itself finds the libraries of the package by the same file.
fs::path program_file() {
  std::error_code error;
  return fs::read_symlink("/proc/self/exe", error);
}

// PREFIX of PREFIX/bin/rcml, or the checkout of CHECKOUT/build/rcml.
fs::path prefix() { return program_file().parent_path().parent_path(); }

fs::path first_that(bool (*is_there)(const fs::path&), std::initializer_list<fs::path> candidates) {
  for (const fs::path& candidate : candidates) {
    if (is_there(candidate)) return candidate;
  }
  return {};
}

bool is_program(const fs::path& file) { return access(file.c_str(), X_OK) == 0; }

bool is_dbt_project(const fs::path& folder) {
  std::error_code error;
  return fs::exists(folder / "dbt_project.yml", error);
}

}  // namespace

fs::path cache_folder() {
  if (const char* cache = std::getenv("XDG_CACHE_HOME"); cache != nullptr && *cache != '\0')
    return fs::path(cache) / "rcml";
  const char* home = std::getenv("HOME");
  return fs::path(home == nullptr ? "/tmp" : home) / ".cache" / "rcml";
}

std::string dbt_bin(const Settings& settings) {
  if (settings.has("transform.dbt_bin")) return settings.text("transform.dbt_bin");
  // setup-dbt fills the first two, root's for everyone; tools/setup.sh the third.
  const fs::path found = first_that(is_program, {cache_folder() / "dbt/bin/dbt", "/var/lib/rcml/dbt/bin/dbt",
                                                 cache_folder() / "deps/python-tools/bin/dbt"});
  return found.empty() ? "dbt" : found.string();
}

std::string dbt_project_dir(const Settings& settings) {
  if (settings.has("transform.project_dir")) return settings.text("transform.project_dir");
  const fs::path found = first_that(
      is_dbt_project, {"dags/clickstream", prefix() / "dags/clickstream", prefix() / "share/rcml/dags/clickstream"});
  return found.empty() ? "dags/clickstream" : fs::absolute(found).lexically_normal().string();
}

std::string dbt_install_command() {
  const fs::path packaged = prefix() / "lib/rcml/setup-dbt";
  return is_program(packaged) ? packaged.string() : "tools/setup.sh dbt";
}

}  // namespace rcml::cli
