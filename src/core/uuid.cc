#include "core/uuid.h"

#include <cstdint>
#include <random>

namespace rcml {

std::string random_uuid() {
  thread_local std::random_device device;
  constexpr char kHex[] = "0123456789abcdef";
  std::string text;
  for (int word = 0; word < 4; ++word) {
    for (uint32_t bits = device(), digit = 0; digit < 8; ++digit, bits >>= 4) text += kHex[bits & 15];
  }
  return text;
}

}  // namespace rcml
