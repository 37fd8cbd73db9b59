// Picks the target by the URL's scheme and fills in what the caller left out.
#include "warehouse/parquet_input.h"
#include "warehouse/targets.h"

namespace rcml::warehouse {
namespace {

Result<std::unique_ptr<Warehouse>> make_warehouse(WarehouseOptions options, bool is_offline) {
  RCML_TRY(const WarehouseUrl url, parse_warehouse_url(options.url));
  if (!options.open_file) options.open_file = open_local_file;
  switch (url.target) {
    case Target::duckdb: return make_duckdb_warehouse(options, url, is_offline);
    case Target::postgres: return make_postgres_warehouse(options, url, is_offline);
    case Target::redshift: return make_redshift_warehouse(options, url, is_offline);
  }
  return bad_config("no such warehouse");
}

}  // namespace

Result<std::unique_ptr<Warehouse>> open_warehouse(const WarehouseOptions& options) {
  return make_warehouse(options, false);
}

Result<std::unique_ptr<Warehouse>> offline_warehouse(const WarehouseOptions& options) {
  return make_warehouse(options, true);
}

}  // namespace rcml::warehouse
