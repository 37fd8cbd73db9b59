// lake/parquet/rle_hybrid.h: Parquet's encoding of levels and of dictionary indexes: runs of one value, and groups of
// eight values packed bit by bit (parquet-format, Encodings.md, "Run Length Encoding / Bit-Packing Hybrid").
#pragma once

#include <cstdint>
#include <span>

#include "lake/parquet/growing_array.h"

namespace rcml::lake {

// Appends `values` to `out`, without a length before them. Each is below 2^bit_width; bit_width is 1 to 32.
void append_rle_hybrid(std::span<const uint32_t> values, int bit_width, ByteArray& out);
void append_rle_hybrid(std::span<const uint8_t> values, int bit_width, ByteArray& out);

}  // namespace rcml::lake
