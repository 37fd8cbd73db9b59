// broker/spool/crc32c.h: the Castagnoli checksum, as iSCSI, ext4 and Kafka have it.
#pragma once

#include <cstdint>
#include <string_view>

namespace rcml::broker::spool {

// Of all bytes so far, given the checksum of those before; begin with 0.
uint32_t crc32c(uint32_t before, std::string_view bytes);
// The same without the processor's instruction.
uint32_t crc32c_portable(uint32_t before, std::string_view bytes);

}  // namespace rcml::broker::spool
