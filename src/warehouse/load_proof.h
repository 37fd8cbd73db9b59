// warehouse/load_proof.h: what an audit has proven of a raw table, kept beside it in raw.load_proof. Pure, but for the
// type itself.
//
// One line for each date and one with an empty date for the table: (table_name, table_version, table_id, commit_digest, dt,
// file_count, row_count, key_digest, proven_at). All lines of one proof have the same table_version and proven_at; only the newest proof counts.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "warehouse/raw_schema.h"

namespace rcml::warehouse {

std::string create_load_proof_sql();
std::string select_load_proof_sql(RawTable table);
// Nothing when no proof is whole.
std::optional<LoadProof> load_proof_from_rows(const std::vector<Warehouse::TextRow>& rows);
// In one transaction these leave only this proof.
std::vector<std::string> keep_load_proof_sql(Target target, RawTable table, const LoadProof& proof,
                                             const std::string& now_utc);

}  // namespace rcml::warehouse
