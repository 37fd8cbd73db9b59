#include "broker/spool/identity.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "broker/spool/file.h"
#include "core/log.h"
#include "core/uuid.h"

namespace rcml::broker::spool {
namespace {

constexpr size_t kIdDigits = 32;
const std::string kPrefix = "spool:";

bool is_id(std::string_view text) {
  return text.size() == kIdDigits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

Result<std::string> read_id(const std::string& path) {
  RCML_TRY(std::string text, read_small_file(path));
  if (text.ends_with('\n')) text.pop_back();
  if (is_id(text)) return kPrefix + text;
  return corrupt(path + " holds no id of a spool", "Restore it from a backup");
}

// Several may do this at once: only one of them can give its file the name.
Status make_id(const std::string& dir, const std::string& path) {
  const std::string own = "spool.id." + random_uuid();
  const std::string own_path = dir + "/" + own;
  Status written = write_small_file(dir, own, random_uuid() + "\n");
  if (written.ok() && link(own_path.c_str(), path.c_str()) != 0 && errno != EEXIST) written = os_error("link", path);
  unlink(own_path.c_str());
  return written.ok() ? sync_dir(dir) : written;
}

}  // namespace

Result<std::string> spool_id(const std::string& dir, const SpoolHeader& header) {
  if (!header.id.empty()) return kPrefix + header.id;
  const std::string path = dir + "/spool.id";
  struct stat found{};
  if (stat(path.c_str(), &found) == 0) return read_id(path);
  if (errno != ENOENT) return os_error("stat", path);
  if (const Status made = make_id(dir, path); !made.ok()) {
    log_warn("this spool has no id, and none can be written beside it: a spool of the same name cannot be told from it",
             {{"spool", dir}, {"error", made.error().message}});
    return std::string();
  }
  return read_id(path);
}

}  // namespace rcml::broker::spool
