// warehouse/testing/redshift_double.h: the warehouse tests on Redshift's double, when tests/platform/redshift gives one.
//
// The double reads S3 through a real server whose objects are plain files, so a test writes its files where they lie:
// RCML_TEST_REDSHIFT is a URL with BASE for the database, RCML_TEST_S3_FOLDER the server's folder of buckets, TMPDIR a
// folder in a bucket. Files keep their local names in the tests and get their s3:// names on the way to the loader.
#pragma once

#include <memory>
#include <string>

#include "warehouse/warehouse.h"

namespace rcml::warehouse::testing {

bool has_redshift_double();
// `through_port`: of a proxy, 0 for none.
std::string redshift_url(const std::string& database, int through_port = 0);
int redshift_port();
std::string fresh_redshift_database();
// "s3://bucket/key" of a file in the server's folder; the name itself for any other target.
std::string lake_name(const WarehouseOptions& options, const std::string& local_path);
// open_warehouse() and offline_warehouse() that take local names on every target.
Result<std::unique_ptr<Warehouse>> open_target(const WarehouseOptions& options);
Result<std::unique_ptr<Warehouse>> offline_target(const WarehouseOptions& options);

}  // namespace rcml::warehouse::testing
