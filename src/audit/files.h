// audit/files.h: is each file of the lake in the warehouse exactly once, with all its rows?
#pragma once

#include "audit/report.h"
#include "core/result.h"
#include "lake/schemas.h"
#include "warehouse/warehouse.h"

namespace rcml::audit {

// Adds the checks "files.raw_clicks" and "files.raw_rejects". Files committed after the last load count as still to come.
// Where an earlier audit left a proof in the warehouse (Warehouse::load_proof), only dates that changed since are compared
// file by file, and the totals of all; anything that this does not settle, and `is_full`, compares everything.
Status check_files(const lake::LakeTables& tables, warehouse::Warehouse& warehouse, bool is_full, Report& report);

}  // namespace rcml::audit
