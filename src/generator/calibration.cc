#include "generator/calibration.h"

#include "generator/random.h"

namespace rcml::generator {
namespace {

using Wide = unsigned __int128;

// A table of `size` entries in which each choice fills as many as its weight: one look-up instead of a search.
template <size_t size, class Choices, class WeightOf>
constexpr std::array<uint8_t, size> spread_out(const Choices& choices, WeightOf weight_of) {
  std::array<uint8_t, size> slots{};
  size_t at = 0;
  for (size_t i = 0; i < choices.size(); ++i) {
    for (int32_t n = 0; n < weight_of(choices[i]); ++n) slots[at++] = static_cast<uint8_t>(i);
  }
  return slots;
}

constexpr auto kDeviceSlots = spread_out<1000>(kDevices, [](const DeviceSpec& d) { return d.share_permille; });
constexpr auto kChannelSlots = spread_out<1000>(kChannels, [](const ChannelSpec& c) { return c.share_permille; });
constexpr auto kCitySlots = spread_out<1000>(kCities, [](const Share& c) { return c.weight; });

}  // namespace

uint32_t wanted_product(uint64_t random) {
  // The share of ranks up to x grows as (x + 10)^0.1, so a rank is the tenth power of a number spread evenly between
  // 10^0.1 and 20010^0.1. Fixed point with 32 binary digits: exact everywhere.
  constexpr uint64_t kLow = 5'407'043'600;    // A little above 10^0.1 * 2^32, so that no rank rounds below 0.
  constexpr uint64_t kHigh = 11'563'373'937;  // 20010^0.1 * 2^32
  const uint64_t y = kLow + below(random, kHigh - kLow);
  const auto times = [](uint64_t a, uint64_t b) { return static_cast<uint64_t>((static_cast<Wide>(a) * b) >> 32); };
  const uint64_t y2 = times(y, y);
  const uint64_t y8 = times(times(y2, y2), times(y2, y2));
  const uint64_t rank = (times(y8, y2) >> 32) - 10;
  // Ranks are scattered over the ids (7919 is prime to 20000), or the best sellers would be products 0, 1, 2, ...
  return static_cast<uint32_t>((rank < kProductCount ? rank : kProductCount - 1) * 7919 % kProductCount);
}

uint32_t price_cents(uint32_t product) {
  const uint64_t random = mix(product + 0x5eedULL);
  // Two draws multiplied: many small prices, few large ones.
  const uint64_t euros = 4 + below(random, 21) * below(mix(random), 21);
  return static_cast<uint32_t>(euros * 100 + 99);
}

int64_t session_length(uint64_t random) { return kLengthQuantiles[random >> 52]; }

int64_t gap_us(uint64_t random) {
  const uint64_t step = random >> 54;
  const int64_t low = kGapQuantilesUs[step];
  const int64_t high = kGapQuantilesUs[step + 1];
  return low + static_cast<int64_t>(below(random << 10, static_cast<uint64_t>(high - low) + 1));
}

Device pick_device(uint64_t random) { return static_cast<Device>(kDeviceSlots[below(random, 1000)]); }
uint8_t pick_city(uint64_t random) { return kCitySlots[below(random, 1000)]; }
uint8_t pick_channel(uint64_t random) { return kChannelSlots[below(random, 1000)]; }

}  // namespace rcml::generator
