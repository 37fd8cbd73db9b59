// generator/ordering.h: in which order the lines of a window are written.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "generator/event_record.h"

namespace rcml::generator {

class ArrivalOrder {
 public:
  // Fills `order` with the indexes of `records` by arrival; of equal arrivals the one that stands first comes first.
  void sort(std::span<const EventRecord> records, std::vector<uint32_t>& order);

 private:
  struct Key {
    int64_t arrival_us;
    uint32_t index;
  };
  std::vector<Key> keys_;
};

}  // namespace rcml::generator
