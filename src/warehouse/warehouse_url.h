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

// For who wrote a URL that cannot be taken apart.
inline constexpr const char* kPercentEncodeCure =
    "Percent-encode special characters in user and password: @ is %40, : is %3A, / is %2F, ? is %3F, # is %23, % is %25";

// bad_config when the scheme is unknown or a part is missing; the message never holds the password.
Result<WarehouseUrl> parse_warehouse_url(const std::string& url);

}  // namespace rcml::warehouse
