#include "core/descriptors.h"

#include <sys/resource.h>

#include <algorithm>
#include <filesystem>
#include <iterator>

namespace rcml {
namespace {

constexpr rlim_t kEnough = 65'536;
constexpr int64_t kUsualLimit = 1024;

int64_t count_open() {
  std::error_code failed;
  const std::filesystem::directory_iterator open("/proc/self/fd", failed);
  if (failed) return 0;
  return std::distance(begin(open), end(open)) - 1;  // One is the listing's own.
}

}  // namespace

Descriptors raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {kUsualLimit, 0};
  const rlim_t wanted = std::min(limit.rlim_max, kEnough);
  if (limit.rlim_cur < wanted) {
    rlimit raised = limit;
    raised.rlim_cur = wanted;
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  }
  return {static_cast<int64_t>(std::min<rlim_t>(limit.rlim_cur, INT64_MAX)), count_open()};
}

}  // namespace rcml
