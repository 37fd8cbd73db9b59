// sink/descriptor_plan.h: how many dates an encoder may have a file open for, so that no open() ever fails.
//
// Pure. On a disk each file being written holds a descriptor until it is closed. There are two sets of them for each
// encoder: of the generation that is filled, and of the one before, which the committer is closing.
#pragma once

#include <cstdint>

#include "core/descriptors.h"
#include "core/result.h"

namespace rcml::sink {

// `wanted`, or what the descriptors allow when that is less. bad_config when not even one date has room.
Result<int64_t> open_dts_within(int64_t wanted, const Descriptors& descriptors, int32_t encoders);

}  // namespace rcml::sink
