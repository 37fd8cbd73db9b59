#include "generator/pages.h"

namespace rcml::generator {

std::string page_path(uint32_t page_code) {
  switch (page_code) {
    case home_page: return "/";
    case search_page: return "/search";
    case cart_page: return "/cart";
    case checkout_page: return "/checkout";
    case thanks_page: return "/thank-you";
    case conflict_page: return "/conflict";
    default: break;
  }
  if (page_code < product_page) return "/c/" + std::string(kCategories[page_code - category_page]);
  return "/p/" + std::to_string(page_code - product_page);
}

std::string_view type_name(EventType type) {
  constexpr std::string_view kNames[] = {"page_view", "product_view", "search", "add_to_cart", "checkout", "purchase"};
  return kNames[static_cast<size_t>(type)];
}

}  // namespace rcml::generator
