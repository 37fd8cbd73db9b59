// cli/publish.h: the copy of a DuckDB warehouse that readers open, as `rcml transform` and `rcml publish` make it.
#pragma once

#include "warehouse/transform/publish.h"

namespace rcml::cli {

Status publish_copy(const warehouse::DuckdbOptions& options);

}  // namespace rcml::cli
