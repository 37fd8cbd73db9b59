// contract/event_cases.h: reads tests/cases/events/*.txt (its README has the form). For tests only.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contract/decoder.h"

namespace rcml::contract {

struct EventCase {
  std::string id;
  std::string title;
  std::string event;  // The bytes.
  DecodeLimits limits;
  std::string reject_reason;                 // Empty: a row is expected.
  std::map<std::string, std::string> row;    // Column -> text, revenue in hundredths, "null".
  std::string outcome() const { return reject_reason.empty() ? "row" : "reject " + reject_reason; }
};

// All cases of all files of that folder, by file name. Ends the test program on a line it cannot read.
std::vector<EventCase> load_event_cases(const std::string& folder);

// The base event of the cases, with its event_id set.
std::string base_event(const std::string& event_id);

}  // namespace rcml::contract
