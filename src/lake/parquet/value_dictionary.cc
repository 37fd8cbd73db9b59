#include "lake/parquet/value_dictionary.h"

#include <random>

namespace rcml::lake {
namespace {

constexpr size_t kSlotsFirst = 64;

uint64_t random_odd_number() {
  std::random_device device;
  return (static_cast<uint64_t>(device()) << 32 | device()) | 1;
}

}  // namespace

const uint64_t ValueDictionary::kSeed = random_odd_number();

ValueDictionary::Slot ValueDictionary::added(uint32_t hash, std::string_view value) {
  const auto bytes = static_cast<uint32_t>(value.size());
  if (has_lengths_) page_.append(reinterpret_cast<const char*>(&bytes), sizeof(bytes));
  const auto at = static_cast<uint32_t>(page_.size());
  page_.append(value.data(), value.size());
  return {hash, count_++, at, bytes};
}

void ValueDictionary::grow() {
  std::vector<Slot> old = std::move(slots_);
  slots_.assign(old.empty() ? kSlotsFirst : 2 * old.size(), {});
  const size_t mask = slots_.size() - 1;
  for (const Slot slot : old) {
    if (slot.is_empty()) continue;
    size_t at = slot.hash & mask;
    while (!slots_[at].is_empty()) at = (at + 1) & mask;
    slots_[at] = slot;
  }
}

int64_t ValueDictionary::bytes_held() const {
  return page_.bytes_held() + static_cast<int64_t>(slots_.capacity() * sizeof(Slot));
}

void ValueDictionary::release() {
  page_.release();
  slots_ = {};
  count_ = 0;
  last_ = {};
}

}  // namespace rcml::lake
