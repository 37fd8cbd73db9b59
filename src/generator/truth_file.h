// generator/truth_file.h: writes the truth beside the events; the format is docs/formats/truth.md.
#pragma once

#include <string>

#include "generator/generator.h"
#include "generator/truth.h"

namespace rcml::generator {

// truth.json as text.
std::string truth_json(const Truth& truth, const GeneratorOptions& options);
// Writes truth.json (and event_ids.txt when asked for) into options.truth_dir, which is made when missing: complete
// and durable, or not there at all.
Status write_truth(const Truth& truth, const GeneratorOptions& options);

}  // namespace rcml::generator
