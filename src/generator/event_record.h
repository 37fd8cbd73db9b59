// generator/event_record.h: one line to be written, as 64 bytes: what the renderer needs and nothing else.
#pragma once

#include <cstdint>

namespace rcml::generator {

enum class EventType : uint8_t { page_view, product_view, search, add_to_cart, checkout, purchase, type_count };

enum class LineKind : uint8_t {
  event,      // A good event.
  copy,       // The same bytes once more.
  conflict,   // The same event id with another payload.
  malformed,  // No event: a line that must become a reject.
};

// Page codes below kProductPage; from there on, kProductPage + product.
enum PageCode : uint32_t {
  home_page,
  search_page,
  cart_page,
  checkout_page,
  thanks_page,
  conflict_page,
  category_page,  // + category
  product_page = category_page + 16,
};

struct EventRecord {
  int64_t arrival_us;       // Where the line stands in the output.
  int64_t event_us;
  uint64_t event_number;
  uint64_t visit_number;
  uint64_t person;
  uint32_t page;
  uint32_t revenue_cents;   // Of a purchase.
  uint32_t product;         // kNoProduct: none.
  EventType type;
  LineKind kind;
  uint8_t malformed_case;
  uint8_t device;
  uint8_t device_slot;
  uint8_t city;
  uint8_t campaign;         // 0: none.
  bool has_customer : 1;
  bool is_partner : 1;      // The customer is the other one who uses this device.
  bool is_app : 1;
};
static_assert(sizeof(EventRecord) <= 64);

inline constexpr uint32_t kNoProduct = UINT32_MAX;

}  // namespace rcml::generator
