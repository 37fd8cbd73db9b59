#include "generator/renderer.h"

#include <array>
#include <cstring>

#include "core/clock.h"
#include "core/result.h"
#include "generator/malformed.h"
#include "generator/pages.h"
#include "generator/random.h"

namespace rcml::generator {
namespace {

constexpr int64_t kMicrosPerHour = 3'600 * kMicrosPerSecond;
constexpr size_t kLineBytesMax = 768;        // Of any good line, with the over-copying of fragments.
constexpr uint64_t kExtraEvery = 128;        // One event in so many has fields the contract does not know.

// A piece of text that is copied whole, whatever its length: one fixed-size copy is cheaper than a measured one.
template <size_t capacity>
class Fragment {
 public:
  Fragment() = default;
  explicit Fragment(std::string_view text) : size_(static_cast<uint8_t>(text.size())) {
    RCML_CHECK(text.size() <= capacity);
    std::memcpy(bytes_, text.data(), text.size());
  }
  char* write(char* out) const {
    std::memcpy(out, bytes_, capacity);
    return out + size_;
  }

 private:
  char bytes_[capacity] = {};
  uint8_t size_ = 0;
};

template <size_t size>
char* put(char* out, const char (&literal)[size]) {
  std::memcpy(out, literal, size - 1);
  return out + size - 1;
}

constexpr auto kHexPairs = [] {
  std::array<char, 512> pairs{};
  constexpr char digits[] = "0123456789abcdef";
  for (size_t i = 0; i < 256; ++i) {
    pairs[2 * i] = digits[i >> 4];
    pairs[2 * i + 1] = digits[i & 15];
  }
  return pairs;
}();

constexpr auto kDecimalPairs = [] {
  std::array<char, 200> pairs{};
  for (size_t i = 0; i < 100; ++i) {
    pairs[2 * i] = static_cast<char>('0' + i / 10);
    pairs[2 * i + 1] = static_cast<char>('0' + i % 10);
  }
  return pairs;
}();

char* put_hex12(char* out, uint64_t number) {
  for (int shift = 40; shift >= 0; shift -= 8) {
    std::memcpy(out, &kHexPairs[2 * ((number >> shift) & 0xff)], 2);
    out += 2;
  }
  return out;
}

char* put_pair(char* out, uint64_t below_100) {
  std::memcpy(out, &kDecimalPairs[2 * below_100], 2);
  return out + 2;
}

char* put_number(char* out, uint64_t number) {
  char digits[20];
  char* first = digits + sizeof digits;
  do {
    *--first = static_cast<char>('0' + number % 10);
    number /= 10;
  } while (number > 0);
  const auto size = static_cast<size_t>(digits + sizeof digits - first);
  std::memcpy(out, first, size);
  return out + size;
}

// Ids that do not give away their order: multiplying by an odd number maps the 48-bit numbers onto themselves.
uint64_t scattered(uint64_t number) {
  return (number * 0x9e3779b97f4a7c15ULL + 0x1234'5678'9abcULL) & 0xffff'ffff'ffffULL;
}

}  // namespace

struct Renderer::Fragments {
  Fragment<64> id_start;  // {"event_id":"PREFIX
  std::array<Fragment<64>, static_cast<size_t>(EventType::type_count)> type;
  std::array<Fragment<24>, product_page> page;
  std::array<Fragment<64>, kCampaigns.size()> campaign;
  std::array<std::array<Fragment<64>, kCities.size()>, device_count> device_city;

  explicit Fragments(const std::string& prefix) : id_start("{\"event_id\":\"" + prefix) {
    for (size_t i = 0; i < type.size(); ++i) {
      type[i] =
          Fragment<64>("\",\"event_type\":\"" + std::string(type_name(static_cast<EventType>(i))) + "\",\"page\":\"");
    }
    for (uint32_t i = 0; i < page.size(); ++i) page[i] = Fragment<24>(page_path(i));
    for (size_t i = 0; i < campaign.size(); ++i) {
      const std::string value = i == 0 ? "null" : "\"" + std::string(kCampaigns[i]) + "\"";
      campaign[i] = Fragment<64>("\",\"utm_campaign\":" + value + ",\"device\":\"");
    }
    for (size_t d = 0; d < device_count; ++d) {
      for (size_t c = 0; c < kCities.size(); ++c) {
        device_city[d][c] = Fragment<64>(std::string(kDevices[d].name) + "\",\"geo_city\":\"" +
                                         std::string(kCities[c].name) + "\",\"event_ts\":\"");
      }
    }
  }
};

Renderer::Renderer(std::string event_id_prefix)
    : prefix_(std::move(event_id_prefix)), fragments_(std::make_unique<Fragments>(prefix_)) {}
Renderer::~Renderer() = default;

void Renderer::reserve(std::span<const EventRecord> records) {
  size_t needed = records.size() * kLineBytesMax;
  for (const EventRecord& record : records) {
    if (record.kind == LineKind::malformed) needed += malformed_bytes_max(record.malformed_case);
  }
  if (needed <= capacity_) return;
  capacity_ = needed;
  buffer_ = std::make_unique_for_overwrite<char[]>(capacity_);
}

Renderer::Lines Renderer::render(std::span<const EventRecord> records, std::span<const uint32_t> order) {
  reserve(records);
  events_.clear();
  char* out = buffer_.get();
  for (const uint32_t index : order) {
    const EventRecord& record = records[index];
    out = record.kind == LineKind::malformed ? write_malformed(record, out) : write_line(record, out);
    *out++ = '\n';
  }
  return {{buffer_.get(), static_cast<size_t>(out - buffer_.get())}, events_};
}

char* Renderer::write_time(int64_t us, char* out) {
  if (us < hour_us_ || us >= hour_us_ + kMicrosPerHour) {
    char text[27];
    hour_us_ = us - us % kMicrosPerHour;
    write_utc(UtcMicros(hour_us_), text);
    std::memcpy(hour_text_, text, 14);  // "2025-08-24T10:"
  }
  std::memcpy(out, hour_text_, sizeof hour_text_);
  const auto into = static_cast<uint64_t>(us - hour_us_);
  const uint64_t seconds = into / 1'000'000;
  const uint64_t micros = into % 1'000'000;
  put_pair(out + 14, seconds / 60);
  out[16] = ':';
  put_pair(out + 17, seconds % 60);
  out[19] = '.';
  put_pair(out + 20, micros / 10'000);
  put_pair(out + 22, micros / 100 % 100);
  put_pair(out + 24, micros % 100);
  out[26] = 'Z';
  return out + 27;
}

char* Renderer::write_line(const EventRecord& record, char* const start) {
  const Fragments& f = *fragments_;
  const bool is_conflict = record.kind == LineKind::conflict;
  char* out = put_hex12(f.id_start.write(start), record.event_number);
  if (record.has_customer) {
    out = put_hex12(put(out, "\",\"customer_id\":\"c-"), scattered(record.person << 1 | record.is_partner));
    out = put(out, "\",\"session_id\":\"s-");
  } else {
    out = put(out, "\",\"customer_id\":null,\"session_id\":\"s-");
  }
  out = put_hex12(out, scattered(record.visit_number));
  out = f.type[static_cast<size_t>(record.type)].write(out);
  const uint32_t page = is_conflict ? conflict_page : record.page;
  out = page < product_page ? f.page[page].write(out) : put_number(put(out, "/p/"), page - product_page);
  out = f.campaign[record.campaign].write(out);
  out = f.device_city[record.device][record.city].write(out);
  out = write_time(record.event_us, out);
  out = record.is_app ? put(out, "\",\"source\":\"app\",\"anonymous_id\":\"a-")
                      : put(out, "\",\"source\":\"web\",\"anonymous_id\":\"a-");
  const char* const key = out - 2;
  out = put_hex12(out, scattered(record.person << 2 | record.device_slot));
  const std::string_view key_text(key, static_cast<size_t>(out - key));
  *out++ = '"';
  if (record.product != kNoProduct) {
    out = put_number(put(out, ",\"product_id\":\"p-"), record.product);
    *out++ = '"';
  }
  if (record.type == EventType::purchase) out = write_order(record, out);
  if (mix(record.event_number) % kExtraEvery == 0) {
    out = put_number(put(out, ",\"experiment\":\"checkout_b\",\"scroll_depth\":"), record.event_number % 101);
  }
  *out++ = '}';
  events_.push_back({key_text, {start, static_cast<size_t>(out - start)}});
  return out;
}

char* Renderer::write_order(const EventRecord& record, char* out) {
  // A conflicting copy claims one more unit of money: counted by mistake, it shows.
  const uint32_t cents = record.revenue_cents + (record.kind == LineKind::conflict ? 100 : 0);
  out = put_hex12(put(out, ",\"order_id\":\"o-"), scattered(record.event_number));
  out = put_number(put(out, "\",\"revenue\":"), cents / 100);
  *out++ = '.';
  return put_pair(out, cents % 100);
}

char* Renderer::write_malformed(const EventRecord& record, char* const start) {
  // Its key only spreads such lines over the partitions: they belong to nobody.
  static constexpr std::string_view kKeys = "0123456789abcdef";
  char time[27];
  write_time(record.event_us, time);
  char number[kEventIdDigits];
  put_hex12(number, record.event_number);
  const std::string id = "bad-" + prefix_ + std::string(number, sizeof number);
  const std::string line = malformed_line(record.malformed_case, id, {time, sizeof time});
  std::memcpy(start, line.data(), line.size());
  events_.push_back({kKeys.substr(record.event_number % 16, 1), {start, line.size()}});
  return start + line.size();
}

}  // namespace rcml::generator
