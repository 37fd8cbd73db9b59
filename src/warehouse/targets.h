// warehouse/targets.h: the makers of the three targets; open.cc picks one by the URL.
#pragma once

#include <memory>

#include "warehouse/warehouse.h"
#include "warehouse/warehouse_url.h"

namespace rcml::warehouse {

// `is_offline`: no connection is made and only dry_run() may be called.
Result<std::unique_ptr<Warehouse>> make_duckdb_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                         bool is_offline);
Result<std::unique_ptr<Warehouse>> make_postgres_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                           bool is_offline);
Result<std::unique_ptr<Warehouse>> make_redshift_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                           bool is_offline);

}  // namespace rcml::warehouse
