// audit/new_files.h: the comparison of lake and warehouse that goes on from a proof.
#pragma once

#include <optional>

#include "audit/file_account.h"

namespace rcml::audit {

// Compares only what changed since the proof, and the totals of all dates. Nothing, with the report untouched, when that
// does not settle it: then everything is compared, which also names what is wrong. Else the next proof.
Result<std::optional<warehouse::LoadProof>> check_new(const TableAudit& audit, const warehouse::LoadProof& proof,
                                                      Report& report);

}  // namespace rcml::audit
