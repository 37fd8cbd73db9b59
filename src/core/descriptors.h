// core/descriptors.h: how many files and sockets this process may have open.
#pragma once

#include <cstdint>

namespace rcml {

struct Descriptors {
  int64_t limit = 0;  // Open at the same time, at the most.
  int64_t open = 0;   // Now.
};

// Raises the soft limit as far as the hard one allows (65,536 are always enough) and says how things stand then. A
// system that does not tell counts as one with 1,024, none of them open.
Descriptors raise_descriptor_limit();

}  // namespace rcml
