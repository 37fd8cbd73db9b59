// contract/reject_reasons.cc: the names of the reasons as they stand in bronze/rejects.
#include <array>

#include "contract/event.h"
#include "core/result.h"

namespace rcml::contract {

std::string_view to_text(RejectReason reason) {
  static constexpr std::array<std::string_view, static_cast<size_t>(RejectReason::reason_count)> kNames{
      "bad_json",   "bad_unicode", "not_object", "dup_key",      "depth",    "missing_field",
      "wrong_type", "ts_format",   "ts_range",   "out_of_range", "too_long", "too_large"};
  const auto index = static_cast<size_t>(reason);
  RCML_CHECK(index < kNames.size());
  return kNames[index];
}

}  // namespace rcml::contract
