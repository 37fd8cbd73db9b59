// broker/spool/identity.h: which spool a folder holds, whatever it is called and wherever it was moved to.
//
// A new spool has its id in spool.json. One of rcml 0.1 has none: whoever reads or writes it first gives it one, in a
// separate file (spool.id), because every version must be able to read spool.json.
#pragma once

#include <string>

#include "broker/spool/layout.h"
#include "core/result.h"

namespace rcml::broker::spool {

// "spool:" and 32 hex digits. Empty, with a warning, when the spool has no id and its folder cannot be written to.
Result<std::string> spool_id(const std::string& dir, const SpoolHeader& header);

}  // namespace rcml::broker::spool
