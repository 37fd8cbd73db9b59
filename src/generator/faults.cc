#include "generator/faults.h"

#include "core/clock.h"
#include "generator/malformed.h"

namespace rcml::generator {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;
constexpr uint64_t kConflictsOf = 20;  // One copy in so many carries another payload.

}  // namespace

FaultInjector::FaultInjector(const Faults& rates, uint64_t seed) : seed_(seed) {
  late_below_ = threshold32(rates.late);
  out_of_order_below_ = late_below_ + threshold32(rates.out_of_order);
  copy_below_ = threshold32(rates.duplicates);
  malformed_below_ = copy_below_ + threshold32(rates.malformed);
  is_clean_ = out_of_order_below_ == 0 && malformed_below_ == 0;
}

void FaultInjector::delay(EventRecord& record, uint64_t random32, Random& random, FaultCounts& counts) const {
  if (random32 >= late_below_) {
    record.arrival_us += random.next_spread(kMicrosPerSecond, 9);  // 1 second to 8 minutes.
    ++counts.out_of_order;
    return;
  }
  ++counts.late;
  if (random.next_below(5) == 0) {
    record.arrival_us += 24 * kMicrosPerHour + 1 + static_cast<int64_t>(random.next_below(48 * kMicrosPerHour));
    ++counts.late_over_a_day;
  } else {
    record.arrival_us += 1 + random.next_spread(kMicrosPerHour, 4);  // 1 to 16 hours.
  }
}

void FaultInjector::inject(std::vector<EventRecord>& records, size_t first, FaultCounts& counts) const {
  const size_t end = records.size();
  counts.lines += static_cast<int64_t>(end - first);
  if (is_clean_) return;
  for (size_t i = first; i < end; ++i) {
    const uint64_t both = draw(seed_, Purpose::faults, records[i].event_number);
    const uint64_t for_delay = both >> 32;
    const uint64_t for_extra = both & 0xffff'ffff;
    if (for_delay >= out_of_order_below_ && for_extra >= malformed_below_) continue;
    Random random(seed_, Purpose::fault_details, records[i].event_number);
    if (for_delay < out_of_order_below_) delay(records[i], for_delay, random, counts);
    if (for_extra >= malformed_below_) continue;
    EventRecord extra = records[i];
    if (for_extra < copy_below_) {
      extra.kind = random.next_below(kConflictsOf) == 0 ? LineKind::conflict : LineKind::copy;
      extra.arrival_us += random.next_spread(1'000, 19);  // 1 millisecond to 9 minutes.
      ++(extra.kind == LineKind::conflict ? counts.conflicts : counts.duplicates);
    } else {
      extra.kind = LineKind::malformed;
      extra.malformed_case = pick_malformed_case(random.next());
      ++counts.malformed[static_cast<size_t>(malformed_reason(extra.malformed_case))];
    }
    ++counts.lines;
    records.push_back(extra);
  }
}

}  // namespace rcml::generator
