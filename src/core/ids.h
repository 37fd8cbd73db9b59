// core/ids.h: numbers that must not be mixed up. An Offset is no TableVersion.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace rcml {

template <class Tag, class Int>
struct StrongInt {
  Int value{};
  constexpr StrongInt() = default;
  constexpr explicit StrongInt(Int v) : value(v) {}
  friend constexpr auto operator<=>(StrongInt, StrongInt) = default;
};

struct PartitionTag {};
struct OffsetTag {};
struct TableVersionTag {};
struct UtcMicrosTag {};
struct DtTag {};
struct MillisTag {};

using Partition = StrongInt<PartitionTag, int32_t>;  // Of the source: Kafka partition, or spool partition. >= 0.
using Offset = StrongInt<OffsetTag, int64_t>;  // Position in a partition: Kafka offset, or spool byte position. >= 0.
using TableVersion = StrongInt<TableVersionTag, int64_t>;  // Of a lake table; 0 is its creation.
using UtcMicros = StrongInt<UtcMicrosTag, int64_t>;  // Microseconds since 1970-01-01T00:00:00Z.
using Dt = StrongInt<DtTag, int32_t>;  // UTC date, days since 1970-01-01.
using Millis = StrongInt<MillisTag, int64_t>;  // A span of time.

}  // namespace rcml

template <class Tag, class Int>
struct std::hash<rcml::StrongInt<Tag, Int>> {
  size_t operator()(rcml::StrongInt<Tag, Int> id) const noexcept { return std::hash<Int>{}(id.value); }
};
