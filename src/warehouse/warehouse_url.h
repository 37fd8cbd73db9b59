// warehouse/warehouse_url.h: which warehouse a URL means. Pure.
#pragma once

#include <string>

#include "contract/schema_text.h"
#include "core/result.h"

namespace rcml::warehouse {

using contract::Target;

struct WarehouseUrl {
  Target target = Target::duckdb;
  std::string file;        // DuckDB.
  std::string connection;  // libpq URI (postgresql://…) with the password in it: never shown.
  std::string display;     // For messages: no user, no password, no parameters.
};

// bad_config when the scheme is unknown or a part is missing; the message never holds the password.
Result<WarehouseUrl> parse_warehouse_url(const std::string& url);

}  // namespace rcml::warehouse
