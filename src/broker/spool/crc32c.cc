#include "broker/spool/crc32c.h"

#include <array>
#include <cstring>

namespace rcml::broker::spool {
namespace {

constexpr std::array<uint32_t, 256> make_table() {
  constexpr uint32_t kPolynomial = 0x82F63B78;
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; ++bit) value = (value & 1) ? (value >> 1) ^ kPolynomial : value >> 1;
    table[i] = value;
  }
  return table;
}
constexpr auto kTable = make_table();

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t crc32c_sse42(uint32_t before, std::string_view bytes) {
  uint64_t crc = ~before;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  for (; end - at >= 8; at += 8) {
    uint64_t word;
    std::memcpy(&word, at, 8);
    crc = __builtin_ia32_crc32di(crc, word);
  }
  auto crc32 = static_cast<uint32_t>(crc);
  for (; at < end; ++at) crc32 = __builtin_ia32_crc32qi(crc32, static_cast<unsigned char>(*at));
  return ~crc32;
}
#endif

}  // namespace

uint32_t crc32c_portable(uint32_t before, std::string_view bytes) {
  uint32_t crc = ~before;
  for (const char c : bytes) crc = (crc >> 8) ^ kTable[(crc ^ static_cast<unsigned char>(c)) & 0xFF];
  return ~crc;
}

uint32_t crc32c(uint32_t before, std::string_view bytes) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2");
  if (kHasInstruction) return crc32c_sse42(before, bytes);
#endif
  return crc32c_portable(before, bytes);
}

}  // namespace rcml::broker::spool
