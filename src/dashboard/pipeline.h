// dashboard/pipeline.h: the warehouse's part of the pipeline view: how fresh each step is, what was loaded, what was set
// aside. The lake's part comes from LiveReader.
#pragma once

#include <string>

#include "core/result.h"
#include "dashboard/mart_reader.h"

namespace rcml::dashboard {

// One JSON object; what the published copy does not have is null or an empty list.
// `audit_path`: where `rcml audit` left its last result, or "".
Result<std::string> pipeline_json(const MartState& state, const std::string& audit_path);

}  // namespace rcml::dashboard
