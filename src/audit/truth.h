// audit/truth.h: are the marts equal to what the generator knows happened? Equal, not similar.
#pragma once

#include <string>

#include "audit/report.h"
#include "core/result.h"
#include "warehouse/warehouse.h"

namespace rcml::audit {

// Reads DIR/truth.json (docs/formats/truth.md) and compares every figure that the marts also give, day by day, for
// people and for bots apart. The marts must stand in the report time zone UTC. Adds the checks "truth.days",
// "truth.events", "truth.devices", "truth.campaigns", "truth.pages", "truth.hours" and "truth.faults".
// bad_config when the file is missing or of another version.
Status check_truth(const std::string& dir, warehouse::Warehouse& warehouse, Report& report);

}  // namespace rcml::audit
