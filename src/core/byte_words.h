// core/byte_words.h: short texts looked at eight bytes at a time, without a call and without reading beyond them.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace rcml {

static_assert(std::endian::native == std::endian::little, "words are taken as they lie in memory");

// The first byte is the lowest.
inline uint64_t load8(const char* at) {
  uint64_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline uint32_t load4(const char* at) {
  uint32_t word = 0;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

inline bool equal_bytes(const char* a, const char* b, size_t size) {
  if (size >= 8) {
    for (size_t at = 0; at + 8 < size; at += 8) {
      if (load8(a + at) != load8(b + at)) return false;
    }
    return load8(a + size - 8) == load8(b + size - 8);
  }
  if (size >= 4) return load4(a) == load4(b) && load4(a + size - 4) == load4(b + size - 4);
  for (size_t at = 0; at < size; ++at) {
    if (a[at] != b[at]) return false;
  }
  return true;
}

// The first eight bytes as a number that orders texts as their bytes do; shorter ones as if zeros followed.
inline uint64_t order_prefix(std::string_view text) {
  if (text.size() >= 8) return __builtin_bswap64(load8(text.data()));
  uint64_t prefix = 0;
  for (size_t at = 0; at < text.size(); ++at)
    prefix |= static_cast<uint64_t>(static_cast<unsigned char>(text[at])) << (56 - 8 * at);
  return prefix;
}

}  // namespace rcml
