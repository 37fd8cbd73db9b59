// core/fnv1a.h: a hash that is the same for the same bytes in every process and version. Not for secrets.
#pragma once

#include <cstdint>
#include <string_view>

namespace rcml {

// FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/).
constexpr uint64_t fnv1a(std::string_view text) {
  uint64_t hash = 14695981039346656037ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  return hash;
}

}  // namespace rcml
