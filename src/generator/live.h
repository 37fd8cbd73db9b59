// generator/live.h: shoppers in real time: events happen now, at a given rate, until the time is up or a stop is asked.
#pragma once

#include <memory>

#include "generator/generator.h"
#include "generator/truth.h"

namespace rcml::generator {

// The truth of all that was written; sessions still going on count as far as they got (open_sessions says how many).
Result<std::unique_ptr<Truth>> run_live(const GeneratorOptions& options, broker::EventWriter& out);

}  // namespace rcml::generator
