// lake/delta/uploads.h: multipart uploads that a killed writer began and nobody will finish.
//
// They are in no listing of objects, are no data file and yet are paid for. A folder on disk has none.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

enum class StaleUploads : uint8_t { list, abort };

// Paths below the table of uploads begun before `before_ms` (UTC); with `abort` they are gone afterwards. A store that
// cannot list uploads is said so in the log and has none.
Result<std::vector<std::string>> stale_uploads(const Location& table, int64_t before_ms, StaleUploads what);

}  // namespace rcml::lake
