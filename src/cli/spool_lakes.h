// cli/spool_lakes.h: the lakes that are filled from a spool, and how far each has come: what only the program knows, since
// the spool knows no lakes and a lake no spools.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "broker/spool/known_lakes.h"
#include "broker/spool/layout.h"
#include "core/settings.h"

namespace rcml::cli {

// The lake, the group and the name of the log that the settings name, as the spool writes them down.
Result<broker::spool::KnownLake> lake_of(const Settings& settings);

// Writes it down in the spool. A spool that cannot be written to is a warning: it cannot be trimmed from here either.
Status note_lake_of_spool(const std::string& folder, const Settings& settings);

struct LakeProgress {
  broker::spool::KnownLake lake;
  std::map<Partition, Offset> next;  // Only partitions of which it has committed something.
  std::optional<Error> error;  // The lake cannot be read; `next` is empty then.
};
// Those written down, and the one that the settings name, if they name one.
Result<std::vector<LakeProgress>> progress_of_lakes(const std::string& folder, const broker::spool::SpoolHeader& header,
                                                    const Settings& settings);

}  // namespace rcml::cli
