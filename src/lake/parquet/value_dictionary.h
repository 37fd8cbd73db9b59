// lake/parquet/value_dictionary.h: the different values of a column chunk, each once, and the number of each.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "lake/parquet/byte_words.h"
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
    if (!entries_.empty() && is_entry(entries_[last_], value)) return last_;
    const uint32_t hash = hash_of(value);
    if (2 * entries_.size() >= slots_.size()) grow();
    const size_t mask = slots_.size() - 1;
    for (size_t at = hash & mask;; at = (at + 1) & mask) {
      const Slot slot = slots_[at];
      if (slot.number == 0) return last_ = insert(at, hash, value);
      if (slot.hash == hash && is_entry(entries_[slot.number - 1], value)) return last_ = slot.number - 1;
    }
  }

  uint32_t count() const { return static_cast<uint32_t>(entries_.size()); }
  int64_t page_bytes() const { return static_cast<int64_t>(page_.size()); }
  const ByteArray& page() const { return page_; }
  int64_t bytes_held() const;
  void release();

 private:
  struct Entry {
    uint32_t at = 0;  // In page_, of the value itself.
    uint32_t bytes = 0;
  };
  struct Slot {
    uint32_t hash = 0;
    uint32_t number = 0;  // Index of the entry plus one; 0 is empty.
  };

  // Both halves of the product: each bit of `a` and `b` reaches all of it.
  static uint64_t mix(uint64_t a, uint64_t b) {
    const auto product = static_cast<unsigned __int128>(a) * b;
    return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
  }
  static uint32_t hash_of(std::string_view value);
  bool is_entry(Entry entry, std::string_view value) const {
    return entry.bytes == value.size() && equal_bytes(page_.data() + entry.at, value.data(), value.size());
  }
  uint32_t insert(size_t slot, uint32_t hash, std::string_view value);
  void grow();

  static constexpr uint64_t kOdd = 0x9E3779B97F4A7C15;  // 2^64 divided by the golden ratio.
  // Of this process: values come from visitors, who must not be able to choose ones that collide.
  static const uint64_t kSeed;

  bool has_lengths_;
  ByteArray page_;
  std::vector<Entry> entries_;
  std::vector<Slot> slots_;  // A power of two, at most half full.
  uint32_t last_ = 0;
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
