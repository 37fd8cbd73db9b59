#include "broker/spool/segment_index.h"

#include <sys/stat.h>

#include <algorithm>

#include "core/clock.h"

namespace rcml::broker::spool {
namespace {

constexpr int64_t kNanosPerMicro = 1000;
constexpr int64_t kNanosPerSecond = 1'000'000'000;
constexpr int64_t kClockGrainNanos = 3 * kNanosPerSecond;  // FAT's two seconds are the coarsest.
constexpr int64_t kQuietMicrosMin = 10 * kMicrosPerSecond;  // Between two listings of a folder that looks unchanged.
constexpr int64_t kCostsBetweenListings = 20;               // At most a twentieth of the time is spent on listing.
constexpr int64_t kCostsBetweenQuietListings = 1000;

Result<int64_t> changed_at_ns(const std::string& dir) {
  struct stat status{};
  if (stat(dir.c_str(), &status) != 0) return os_error("look at", dir);
  return status.st_mtim.tv_sec * kNanosPerSecond + status.st_mtim.tv_nsec;
}

bool is_before(const SegmentName& a, const SegmentName& b) {
  return std::tie(a.start, a.created_at) < std::tie(b.start, b.created_at);
}

}  // namespace

bool must_list_again(const Listing& last, int64_t changed_at_ns, UtcMicros now_monotonic) {
  const int64_t age = now_monotonic.value - last.listed_at_monotonic.value;
  if (age < kCostsBetweenListings * last.cost_us) return false;
  if (changed_at_ns != last.changed_at_ns) return true;
  if (last.listed_at.value * kNanosPerMicro - last.changed_at_ns < kClockGrainNanos) return true;
  return age >= std::max(kQuietMicrosMin, kCostsBetweenQuietListings * last.cost_us);
}

Status SegmentIndex::list() {
  Listing listing;
  RCML_TRY(listing.changed_at_ns, changed_at_ns(dir_));
  listing.listed_at = utc_now();
  const UtcMicros began = monotonic_now();
  RCML_TRY(segments_, list_segments(dir_));
  listing.listed_at_monotonic = monotonic_now();
  listing.cost_us = listing.listed_at_monotonic.value - began.value;
  last_ = listing;
  ++listing_count_;
  return {};
}

Status SegmentIndex::refresh() {
  if (listing_count_ == 0) return list();
  RCML_TRY(const int64_t changed_at, changed_at_ns(dir_));
  return must_list_again(last_, changed_at, monotonic_now()) ? list() : Status();
}

std::vector<SegmentName>::const_iterator SegmentIndex::find(const SegmentName& segment) const {
  const auto at = std::lower_bound(segments_.begin(), segments_.end(), segment, is_before);
  return at == segments_.end() || is_before(segment, *at) ? segments_.end() : at;
}

}  // namespace rcml::broker::spool
