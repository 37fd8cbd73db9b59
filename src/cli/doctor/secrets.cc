// What the doctor asks of the files that hold secrets: nobody else on this machine should be able to read them.
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "cli/doctor/parts.h"
#include "core/secrets.h"
#include "dashboard/access.h"

namespace rcml::cli {
namespace {

bool holds_secret(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const auto entries = parse_env_file(std::string{std::istreambuf_iterator<char>(file), {}});
  if (!entries.ok()) return false;  // Whoever reads the settings says what is wrong with them.
  for (const auto& [name, value] : *entries) {
    if (is_secret_name(name) && !value.empty()) return true;
  }
  return false;
}

Result<Verdict> readable_by(const std::string& path) {
  struct stat file{};
  if (::stat(path.c_str(), &file) != 0) return os_error("look at", path);
  if ((file.st_mode & S_IROTH) == 0) return Verdict{path + " cannot be read by every user of this machine", {}};
  return Verdict{path + " holds secrets and every user of this machine can read it", "chmod 600 " + path};
}

// Also fails for what the page itself would refuse.
Result<Verdict> token_in(const std::string& path) {
  RCML_TRY([[maybe_unused]] const std::string token, dashboard::read_token_file(path));
  return readable_by(path);
}

}  // namespace

CheckGroup secret_checks(const Settings& settings) {
  CheckGroup group;
  const std::string env_file = settings.text("env_file");
  const std::string token_file = settings.text("dashboard.token_file");
  if (holds_secret(env_file)) group.push_back({"secrets settings", [env_file] { return readable_by(env_file); }});
  if (!token_file.empty()) group.push_back({"secrets token", [token_file] { return token_in(token_file); }});
  return group;
}

}  // namespace rcml::cli
