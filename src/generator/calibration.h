// generator/calibration.h: what real retail traffic looks like, as integer tables. The figures and their sources are in
// docs/formats/truth.md; check.h measures a run against them.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace rcml::generator {

// Events of one session at 4096 equal steps of probability: a lognormal rounded up, plus visits of a single view.
extern const std::array<uint8_t, 4096> kLengthQuantiles;
// Microseconds between two events of a session at 1025 points of probability.
extern const std::array<int32_t, 1025> kGapQuantilesUs;

inline constexpr int64_t kGapUsMin = 1'000'000;  // People cannot reach 100 events a minute.
inline constexpr int64_t kHumanSessionUsMax = 3 * 3'600'000'000LL;  // Later gaps shrink to seconds.
// Mean of kLengthQuantiles in thousandths of an event.
inline constexpr int64_t kMeanLengthMilli = 6'015;

// Index 100 = an average hour, UTC hour of day.
inline constexpr std::array<int32_t, 24> kHourIndex{104, 75,  48,  32,  24,  22,  26,  36,  54,  75,  103, 125,
                                                    142, 151, 149, 145, 142, 138, 134, 131, 132, 134, 133, 123};
// Monday first.
inline constexpr std::array<int32_t, 7> kWeekdayIndex{97, 94, 95, 102, 113, 97, 102};

struct Share {
  std::string_view name;
  int32_t weight;
};

enum Device : uint8_t { desktop, mobile, tablet, device_count };
struct DeviceSpec {
  std::string_view name;
  int32_t share_permille;
  int32_t conversion_percent;  // Of the channel's own rate: a desktop buys about twice as often as a phone.
};
inline constexpr std::array<DeviceSpec, device_count> kDevices{
    {{"desktop", 280, 155}, {"mobile", 690, 77}, {"tablet", 30, 105}}};

// What brings a visit. Conversion in 1/10,000 of an average session.
struct ChannelSpec {
  std::string_view name;
  int32_t share_permille;
  int32_t conversion_e4;
  uint8_t campaign_first;  // Into kCampaigns.
  uint8_t campaign_count;  // 0: visits of this channel carry no utm_campaign.
};
inline constexpr std::array<ChannelSpec, 7> kChannels{{
    {"organic", 300, 245, 0, 0},
    {"direct", 270, 310, 0, 0},
    {"paid_search", 170, 185, 1, 3},
    {"email", 90, 480, 4, 3},
    {"paid_social", 100, 115, 7, 3},
    {"affiliate", 40, 200, 10, 1},
    {"display", 30, 50, 11, 1},
}};
// 0 is "none".
inline constexpr std::array<std::string_view, 12> kCampaigns{
    "",           "brand_search",  "shopping_ads",    "generic_search", "newsletter",      "cart_reminder",
    "welcome_10", "social_spring", "social_lookbook", "creator_collab", "affiliate_deals", "retargeting"};

inline constexpr std::array<Share, 24> kCities{
    {{"Paris", 90},     {"London", 90},     {"Berlin", 70},    {"Madrid", 60},    {"Milano", 50},   {"Amsterdam", 45},
     {"Dublin", 40},    {"Lyon", 40},       {"Hamburg", 40},   {"Barcelona", 40}, {"München", 40},  {"Zürich", 35},
     {"Bruxelles", 35}, {"Wien", 35},       {"København", 30}, {"Stockholm", 30}, {"Lisboa", 30},   {"Kraków", 30},
     {"Praha", 30},     {"Manchester", 30}, {"Marseille", 30}, {"Roma", 30},      {"Göteborg", 25}, {"A Coruña", 25}}};
static_assert([] {
  int32_t sum = 0;
  for (const Share& city : kCities) sum += city.weight;
  return sum;
}() == 1000);

inline constexpr std::array<std::string_view, 16> kCategories{
    "shoes", "dresses", "jackets", "jeans", "shirts",  "bags",    "watches", "toys",
    "books", "games",   "phones",  "audio", "laptops", "kitchen", "garden",  "sports"};

inline constexpr uint32_t kProductCount = 20'000;
// A product by how wanted it is (Zipf-Mandelbrot, exponent 0.9, offset 10), from 64 random bits.
uint32_t wanted_product(uint64_t random);
// Its price, fixed for ever: 4.99 to 410.99.
uint32_t price_cents(uint32_t product);

int64_t session_length(uint64_t random);
int64_t gap_us(uint64_t random);
Device pick_device(uint64_t random);
uint8_t pick_city(uint64_t random);
uint8_t pick_channel(uint64_t random);

}  // namespace rcml::generator
