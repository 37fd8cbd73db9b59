// broker/stdout_writer.h: the log of events as plain NDJSON on standard output ("--out -").
#pragma once

#include <memory>

#include "broker/event_source.h"

namespace rcml::broker {

// Not thread-safe. A reader that goes away ends the writing with an error that says so.
std::unique_ptr<EventWriter> stdout_writer();
// The same for any open descriptor, which stays the caller's.
std::unique_ptr<EventWriter> descriptor_writer(int descriptor);

}  // namespace rcml::broker
