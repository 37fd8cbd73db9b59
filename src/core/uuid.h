// core/uuid.h: names that nobody else will ever choose.
#pragma once

#include <string>

namespace rcml {

// 32 hex digits from the system's random source.
std::string random_uuid();

}  // namespace rcml
