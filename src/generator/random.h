// generator/random.h: numbers that look random and are the same on every machine.
//
// Counter-based: a number depends on the seed, on what it is for and on its index, never on what was drawn before. So
// any session can be made again by anyone, in any order, on any thread. Only integer arithmetic: the standard library's
// distributions and the C library's exp/log differ from machine to machine, so neither is used.
#pragma once

#include <cstdint>

namespace rcml::generator {

// The finaliser of splitmix64 (Sebastiano Vigna, public domain): every output bit depends on every input bit.
constexpr uint64_t mix(uint64_t z) {
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
  return z ^ (z >> 31);
}

// What a number is for. Changing one purpose's draws leaves the others as they were.
enum class Purpose : uint64_t { plan = 1, start, person, device, device_choice, login, walk, faults, fault_details };

constexpr uint64_t draw(uint64_t seed, Purpose purpose, uint64_t index) {
  return mix(mix(seed + static_cast<uint64_t>(purpose) * 0x9e3779b97f4a7c15ULL) + index * 0xd1342543de82ef95ULL);
}

// A whole number in [0, bound), from all bits of `random`.
constexpr uint64_t below(uint64_t random, uint64_t bound) {
  return static_cast<uint64_t>((static_cast<unsigned __int128>(random) * bound) >> 64);
}

// Draws one after another for one purpose and index.
class Random {
 public:
  constexpr Random(uint64_t seed, Purpose purpose, uint64_t index) : state_(draw(seed, purpose, index)) {}
  constexpr uint64_t next() { return mix(state_ += 0x9e3779b97f4a7c15ULL); }
  constexpr uint64_t next_below(uint64_t bound) { return below(next(), bound); }
  // Log-uniform by halves: `least` doubled 0 to `doublings`-1 times, then up to twice that.
  constexpr int64_t next_spread(int64_t least, uint64_t doublings) {
    const int64_t base = least << next_below(doublings);
    return base + static_cast<int64_t>(next_below(static_cast<uint64_t>(base)));
  }

 private:
  uint64_t state_;
};

// A rate in 0..1 as a threshold for 32 random bits; exact powers and one rounding, so equal everywhere.
inline uint64_t threshold32(double rate) { return static_cast<uint64_t>(rate * 4294967296.0); }

}  // namespace rcml::generator
