// cli/warehouse_options.h: settings -> how the warehouse is opened, and how it reaches the lake's bytes.
#pragma once

#include "core/settings.h"
#include "lake/schemas.h"
#include "warehouse/warehouse.h"

namespace rcml::cli {

// For commands that only ask the warehouse.
warehouse::WarehouseOptions warehouse_options(const Settings& settings);

// For the loader: files are read through the lake's own store, manifests are put beside the lake unless a setting says
// elsewhere. `tables` must outlive the warehouse.
warehouse::WarehouseOptions warehouse_options(const Settings& settings, const lake::LakeTables& tables);

// Where a load keeps copies of lake files for the warehouse: on S3 for Redshift, else on the local disk. Another one at
// each call.
std::string passing_folder(const Settings& settings);
// Removes what a load that was killed left there. Once the warehouse is open, which keeps other loaders of the file out.
void sweep_passing_folder(const Settings& settings);

}  // namespace rcml::cli
