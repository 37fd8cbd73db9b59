// lake/delta/bridge.h: rcml_delta.h for C++: handles and texts that free themselves, statuses as Results.
#pragma once

#include <rcml_delta.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace rcml::lake {

struct BridgeTableDeleter {
  void operator()(rcml_delta_table* table) const { rcml_delta_close(table); }
};
using BridgeTable = std::unique_ptr<rcml_delta_table, BridgeTableDeleter>;

// A text the bridge returned, or null.
class BridgeText {
 public:
  BridgeText() = default;
  ~BridgeText() { rcml_delta_free_text(text_); }
  BridgeText(const BridgeText&) = delete;
  BridgeText& operator=(const BridgeText&) = delete;
  char** out() { return &text_; }
  std::string text() const { return text_ == nullptr ? "" : text_; }

 private:
  char* text_ = nullptr;
};

// The error for a status other than OK; `place` is the table's URL. Secrets are masked.
Error bridge_error(int32_t status, const std::string& message, const std::string& place);

}  // namespace rcml::lake
