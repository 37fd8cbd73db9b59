#include "sink/descriptor_plan.h"

#include <algorithm>

namespace rcml::sink {
namespace {

constexpr int64_t kSets = 2;              // Filled, and being closed.
constexpr int64_t kRejectFilesOfASet = 2;  // Two around midnight: rejects go by the date of their arrival in the lake.
constexpr int64_t kReserveMax = 256;  // Connections, segments of a spool, the tables' logs, folders being synced.

}  // namespace

Result<int64_t> open_dts_within(int64_t wanted, const Descriptors& descriptors, int32_t encoders) {
  const int64_t reserve = std::min(kReserveMax, descriptors.limit / 4);
  const int64_t of_a_set = (descriptors.limit - descriptors.open - reserve) / (kSets * encoders);
  const int64_t dts = of_a_set - kRejectFilesOfASet;
  if (dts >= 1) return std::min(wanted, dts);
  const int64_t needed = (descriptors.open + kSets * encoders * (kRejectFilesOfASet + 1)) * 4 / 3 + 1;
  return bad_config("this process may have " + std::to_string(descriptors.limit) +
                        " files open, which is too few for " + std::to_string(encoders) + " encoders",
                    "Allow about " + std::to_string(needed) +
                        " or more: ulimit -n, LimitNOFILE= in a systemd unit, ulimits in Docker; or lower --encoders");
}

}  // namespace rcml::sink
