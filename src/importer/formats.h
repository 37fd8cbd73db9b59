// importer/formats.h: a record of a foreign file -> the fields of its events. Pure, one function per format.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "importer/event_text.h"

namespace rcml::importer {

// The fields of one event, with the memory of those that were made here.
struct EventFields {
  std::vector<Field> fields;
  std::string fault;  // Not empty: no event, and why.
};

// The top-level fields of a JSON object; views into `line`. Not an object, or no JSON: `fault`.
EventFields ndjson_fields(std::string_view line);

// One element per event of the session, views into `memory`, which holds what was made. `fault` of an element: that
// event alone is bad. One element with a fault and no fields: the whole line is.
std::vector<EventFields> otto_events(std::string_view line, std::vector<std::string>& memory);

// What OTTO's fields are to us, used as if the person had given it.
ImportOptions with_otto_rules(ImportOptions options);

}  // namespace rcml::importer
