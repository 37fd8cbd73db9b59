// generator/pages.h: the addresses of the shop.
#pragma once

#include <string>

#include "generator/calibration.h"
#include "generator/event_record.h"

namespace rcml::generator {

inline constexpr uint32_t kPageCodes = product_page + kProductCount;
static_assert(product_page - category_page == kCategories.size());

std::string page_path(uint32_t page_code);
std::string_view type_name(EventType type);

}  // namespace rcml::generator
