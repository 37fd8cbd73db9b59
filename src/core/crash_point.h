// core/crash_point.h: named places where the fault tests stop the process dead, as a power cut would.
//
// RCML_CRASH_AT=NAME or NAME:N (the Nth time it is reached) makes crash_point(NAME) end the process at once with
// status 137: no destructors, no flush. Without the variable a crash point costs one comparison.
#pragma once

#include <string_view>

namespace rcml {

void crash_point(std::string_view name);

}  // namespace rcml
