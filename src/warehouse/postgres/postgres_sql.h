// warehouse/postgres/postgres_sql.h: the statements of a PostgreSQL load. Pure.
//
// The raw tables are partitioned by month of dt: thirty times fewer partitions than by day, which keeps planning of a
// query over years cheap; a date is replaced by DELETE. A file has one dt, so its rows go straight into the partition.
#pragma once

#include <string>
#include <vector>

#include "core/ids.h"
#include "warehouse/raw_schema.h"

namespace rcml::warehouse {

// "raw_clicks_202508"
std::string partition_name(const RawTableSpec& spec, Dt dt);

// Makes the partition and attaches it. Not CREATE … PARTITION OF: that locks the whole table against readers, ATTACH
// does not, so a dbt run goes on beside the load.
std::vector<std::string> create_partition_sql(const RawTableSpec& spec, Dt dt);

std::string copy_sql(const RawTableSpec& spec, Dt dt);

// Loaders of one database exclude each other until their transaction ends.
std::string lock_sql();

}  // namespace rcml::warehouse
