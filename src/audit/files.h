// audit/files.h: is each file of the lake in the warehouse exactly once, with all its rows?
#pragma once

#include "audit/report.h"
#include "core/result.h"
#include "lake/schemas.h"
#include "warehouse/warehouse.h"

namespace rcml::audit {

// Adds the checks "files.raw_clicks" and "files.raw_rejects". Files committed after the last load count as still to come.
Status check_files(const lake::LakeTables& tables, warehouse::Warehouse& warehouse, Report& report);

}  // namespace rcml::audit
