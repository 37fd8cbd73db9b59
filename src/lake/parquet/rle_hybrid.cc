#include "lake/parquet/rle_hybrid.h"

#include "core/result.h"

namespace rcml::lake {
namespace {

constexpr size_t kGroup = 8;  // Packed values come in whole groups.
constexpr size_t kVarintBytesMax = 10;

void add_varint(uint64_t value, ByteArray& out) {
  out.make_room(kVarintBytesMax);
  for (; value >= 0x80; value >>= 7) out.add(static_cast<char>(value | 0x80));
  out.add(static_cast<char>(value));
}

template <class T>
void add_run(T value, size_t count, int bit_width, ByteArray& out) {
  add_varint(count << 1, out);
  out.make_room(sizeof(uint32_t));
  for (int bit = 0; bit < bit_width; bit += 8) out.add(static_cast<char>(static_cast<uint32_t>(value) >> bit));
}

// Lowest bit first. The last group is filled up with zeros.
template <class T>
void add_packed(std::span<const T> values, int bit_width, ByteArray& out) {
  if (values.empty()) return;
  const size_t groups = (values.size() + kGroup - 1) / kGroup;
  add_varint(groups << 1 | 1, out);
  const size_t bytes = groups * static_cast<size_t>(bit_width);
  out.make_room(bytes);
  uint64_t bits = 0;
  int held = 0;  // Of them; below 8 between values.
  for (const T value : values) {
    bits |= static_cast<uint64_t>(value) << held;
    held += bit_width;
    for (; held >= 8; held -= 8, bits >>= 8) out.add(static_cast<char>(bits));
  }
  for (size_t missing = groups * kGroup - values.size(); missing > 0; --missing) {
    held += bit_width;
    for (; held >= 8; held -= 8, bits >>= 8) out.add(static_cast<char>(bits));
  }
}

template <class T>
void append(std::span<const T> values, int bit_width, ByteArray& out) {
  RCML_CHECK(bit_width >= 1 && bit_width <= 32);
  size_t packed_from = 0;
  size_t at = 0;
  while (at < values.size()) {
    size_t end = at + 1;
    while (end < values.size() && values[end] == values[at]) ++end;
    // What is packed before a run must be whole groups: the run gives the values that are missing.
    const size_t filler = (kGroup - (at - packed_from) % kGroup) % kGroup;
    if (end - at >= filler + kGroup) {
      add_packed(values.subspan(packed_from, at + filler - packed_from), bit_width, out);
      add_run(values[at], end - at - filler, bit_width, out);
      packed_from = end;
    }
    at = end;
  }
  add_packed(values.subspan(packed_from), bit_width, out);
}

}  // namespace

void append_rle_hybrid(std::span<const uint32_t> values, int bit_width, ByteArray& out) {
  append(values, bit_width, out);
}

void append_rle_hybrid(std::span<const uint8_t> values, int bit_width, ByteArray& out) {
  append(values, bit_width, out);
}

}  // namespace rcml::lake
