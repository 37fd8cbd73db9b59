// lake/schemas.h: the two tables of a lake, from the contract: <lake>/bronze/clicks and <lake>/bronze/rejects.
#pragma once

#include <memory>
#include <string>

#include "core/result.h"
#include "lake/delta/table.h"

namespace rcml::lake {

// Delta schema JSON of the clicks table: the contract's columns, then dt date (partition column).
std::string clicks_schema_json();
// reason string, detail string, raw binary, raw_bytes long, source_partition int, source_offset long,
// arrived_at timestamp, ingested_at timestamp; dt date (partition column) = UTC date of ingested_at.
std::string rejects_schema_json();
// Both schemas, with what a decoder needs to know of each column (length, origin) and the reasons of rejects: the file
// spark/contract.json, from which the other writer of the lake works.
std::string lake_schema_json();

struct LakeTables {
  std::unique_ptr<Table> clicks;
  std::unique_ptr<Table> rejects;
};
// Creates what is missing.
Result<LakeTables> open_or_create_lake(const std::string& lake_url);
// bad_config when there is no lake at that place.
Result<LakeTables> open_lake(const std::string& lake_url);
// The same for those who will commit: bad_config when one of the tables must not be written (Table::check_writable).
Result<LakeTables> open_lake_to_write(const std::string& lake_url);

}  // namespace rcml::lake
