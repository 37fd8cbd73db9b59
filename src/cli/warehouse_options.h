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

// The file as the warehouse knows it: s3://bucket/key or an absolute path.
warehouse::LakeFile lake_file(const lake::Table& table, const lake::DataFile& file, TableVersion version);

}  // namespace rcml::cli
