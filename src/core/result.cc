#include "core/result.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace rcml {

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
  std::string cure;
  if (code == ENOSPC) cure = "Free some space; what was committed is safe and the next run goes on from there";
  if (code == EACCES || code == EPERM) cure = "Check the owner and the mode of the path";
  return unavailable(action + " " + path + ": " + std::strerror(code), cure);
}

void check_failed(const char* expression, const char* file, int line) {
  std::fprintf(stderr, "rcml: broken invariant: %s (%s:%d). This is a bug; a restart is safe.\n", expression, file,
               line);
  std::abort();
}

}  // namespace rcml
