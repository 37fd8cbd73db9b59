#include "generator/ordering.h"

#include <algorithm>

namespace rcml::generator {

void ArrivalOrder::sort(std::span<const EventRecord> records, std::vector<uint32_t>& order) {
  keys_.clear();
  for (uint32_t i = 0; i < records.size(); ++i) keys_.push_back({records[i].arrival_us, i});
  std::sort(keys_.begin(), keys_.end(), [](const Key& a, const Key& b) {
    return a.arrival_us != b.arrival_us ? a.arrival_us < b.arrival_us : a.index < b.index;
  });
  order.clear();
  for (const Key& key : keys_) order.push_back(key.index);
}

}  // namespace rcml::generator
