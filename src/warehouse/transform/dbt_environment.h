// warehouse/transform/dbt_environment.h: what dags/clickstream/profiles.yml needs to know of a warehouse, as environment.
#pragma once

#include <map>
#include <string>

#include "warehouse/warehouse.h"

namespace rcml::warehouse {

// RCML_DBT_TARGET and the target's own names; passwords among them: for the child process only, never shown.
Result<std::map<std::string, std::string>> dbt_environment(const WarehouseOptions& options);

}  // namespace rcml::warehouse
