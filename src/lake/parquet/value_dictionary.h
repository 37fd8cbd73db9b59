// lake/parquet/value_dictionary.h: the different values of a column chunk, each once, and the number of each.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "core/byte_words.h"
#include "lake/parquet/growing_array.h"

namespace rcml::lake {

// A hash table whose values stand in the form of Parquet's dictionary page: PLAIN, texts with their length before them.
class ValueDictionary {
 public:
  // `has_lengths`: of texts; numbers are as long as their type.
  explicit ValueDictionary(bool has_lengths) : has_lengths_(has_lengths) {}

  // The number of `value`, counted from 0 in the order of first use.
  uint32_t index_of(std::string_view value) {
    // Runs are common: the channel never changes, the partition seldom.
    if (is_at(last_, value)) return last_.number;
    const uint32_t hash = hash_of(value);
    if (2 * size_t{count_} >= slots_.size()) grow();
    const size_t mask = slots_.size() - 1;
    size_t at = hash & mask;
    while (!slots_[at].is_empty() && !(slots_[at].hash == hash && is_at(slots_[at], value))) at = (at + 1) & mask;
    if (slots_[at].is_empty()) slots_[at] = added(hash, value);
    last_ = slots_[at];
    return last_.number;
  }

  uint32_t count() const { return count_; }
  int64_t page_bytes() const { return static_cast<int64_t>(page_.size()); }
  const ByteArray& page() const { return page_; }
  int64_t bytes_held() const;
  void release();

 private:
  // Where a value stands. All that a look-up needs beside the value itself, in a quarter of a cache line.
  struct Slot {
    static constexpr uint32_t kNothing = UINT32_MAX;
    uint32_t hash = 0;
    uint32_t number = 0;
    uint32_t at = 0;  // In page_.
    uint32_t bytes = kNothing;
    bool is_empty() const { return bytes == kNothing; }
  };

  // Both halves of the product: each bit of `a` and `b` reaches all of it.
  static uint64_t mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  static uint32_t hash_of(std::string_view value);
  bool is_at(const Slot& slot, std::string_view value) const {
    return slot.bytes == value.size() && equal_bytes(page_.data() + slot.at, value.data(), value.size());
  }
  Slot added(uint32_t hash, std::string_view value);
  void grow();

  static constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio.
  // Of this process: values come from visitors, who must not be able to choose ones that collide.
  static const uint64_t kSeed;

  bool has_lengths_;
  ByteArray page_;
  std::vector<Slot> slots_;  // A power of two, at most half full.
  uint32_t count_ = 0;
  Slot last_;
};

inline uint32_t ValueDictionary::hash_of(std::string_view value) {
  const char* const at = value.data();
  const size_t size = value.size();
  uint64_t hash = kSeed ^ size;
  if (size >= 8) {
    for (size_t done = 0; done + 8 < size; done += 8) hash = mix(hash ^ load8(at + done), kOdd);
    hash = mix(hash ^ load8(at + size - 8), kOdd);
  } else if (size >= 4) {
    hash = mix(hash ^ (uint64_t{load4(at)} << 32 | load4(at + size - 4)), kOdd);
  } else {
    hash = mix(hash ^ order_prefix(value), kOdd);
  }
  return static_cast<uint32_t>(hash);
}

}  // namespace rcml::lake
