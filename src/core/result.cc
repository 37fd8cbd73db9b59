#include "core/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace rcml {
namespace {

std::string cure_of(int errno_value) {
  switch (errno_value) {
    case ENOSPC:
    case EDQUOT: return "Free some space; what was committed is safe and the next run goes on from there";
    case EACCES:
    case EPERM: return "Check the owner and the mode of the path";
    case EROFS: return "Mount that disk for writing";
    case EMFILE:
      return "Allow this process more open files: ulimit -n, LimitNOFILE= in a systemd unit, ulimits in Docker";
    case ENFILE: return "The whole machine has too many files open: raise fs.file-max, or stop what holds them";
    default: return {};
  }
}

}  // namespace

int exit_code(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::bad_config: return 2;
    case ErrorKind::unavailable: return 3;
    case ErrorKind::corrupt:
    case ErrorKind::needs_person: return 4;
    case ErrorKind::cancelled: return 0;
  }
  return 1;
}

Error os_error(const std::string& action, const std::string& path) {
  const int code = errno;
  return unavailable(action + " " + path + ": " + std::strerror(code), cure_of(code));
}

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "rcml: broken invariant: %s (%s:%d). This is a bug; a restart is safe.\n", expression, file,
               line);
  std::abort();
}

}  // namespace rcml
