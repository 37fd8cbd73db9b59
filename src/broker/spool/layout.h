// broker/spool/layout.h: how a spool looks on disk: names, the two small JSON files, the lock. docs/formats/spool.md
// is the specification.
//
//   DIR/spool.json                     name, partitions, roll age, id
//   DIR/spool.id                       id of a spool whose spool.json has none (identity.h)
//   DIR/LOCK                           held by the one writer
//   DIR/0/00000000000000000000-1767225600000000.ndjson        a sealed segment: start position, creation time
//   DIR/0/00000000000000000000-1767225600000000.seal          its size, events and checksum
//   DIR/0/00000000000067108864-1767225661000000.ndjson.open   the segment being written
//
//   DIR/0/trimmed.json                                        when there was a trim: where the partition begins since
//   DIR/lakes/0123456789abcdef.lake                           a lake that is filled from this spool (known_lakes.h)
//
// A position counts the bytes of a partition over all its segments; a line's offset is the position of its first byte.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/ids.h"
#include "core/result.h"

namespace rcml::broker::spool {

// After a power cut the newest positions may have been read by someone and lost by the disk. A writer that recovers
// such a partition goes on this far above what is left, so that no position is ever used twice. It is above all that
// can be written but not yet durable (SpoolWriterOptions bounds that).
inline constexpr int64_t kUnsyncedBytesMax = int64_t{1} << 30;

inline constexpr const char* kTrimMarkFile = "trimmed.json";

struct SpoolHeader {
  std::string name;         // [A-Za-z0-9._-]+
  int32_t partitions = 1;
  Millis roll_age{
      60'000};  // A segment takes appends for this long; so an event arrived at most that long after its creation.
  std::string id = {};  // Which spool it is, whatever its name and folder (identity.h). Empty: made by rcml 0.1.
};

struct SegmentName {
  int64_t start = 0;
  UtcMicros created_at;
  bool is_open = false;

  std::string stem() const;       // without suffix
  std::string file_name() const;  // with .ndjson or .ndjson.open
};

struct Seal {
  int64_t bytes = 0;
  int64_t events = 0;
  uint32_t crc32c = 0;
  int64_t next_start = 0;  // Where the partition goes on; above start + bytes only after a power cut.
};

// Everything below `begin` was removed by a trim; files that still lie there are no part of the spool any more.
struct TrimMark {
  int64_t begin = 0;  // 0: nothing was ever removed.
  UtcMicros trimmed_at;
};

std::optional<SegmentName> parse_segment_name(std::string_view file_name);

std::string to_json(const SpoolHeader& header);
std::optional<SpoolHeader> parse_header(std::string_view json);
std::string to_json(const Seal& seal);
std::optional<Seal> parse_seal(std::string_view json);

std::string to_json(const TrimMark& mark);
std::optional<TrimMark> parse_trim_mark(std::string_view json);

bool is_spool_name(std::string_view name);
// The last part of the path made into a valid name: "/data/my clicks/" -> "my_clicks".
std::string name_from_dir(std::string_view dir);

// Which partition a key's events go to. Stable for ever: FNV-1a, 64 bits, then modulo.
int32_t partition_of(std::string_view key, int32_t partitions);

std::string partition_dir(const std::string& dir, Partition partition);
std::string seal_path(const std::string& partition_dir, const SegmentName& segment);

// bad_config when DIR is no spool.
Result<SpoolHeader> read_header(const std::string& dir);
// corrupt when there is one that is not of the form.
Result<TrimMark> read_trim_mark(const std::string& partition_dir);
// In order of position, without those that a trim removed or was about to; other files are passed over.
Result<std::vector<SegmentName>> list_segments(const std::string& partition_dir);
// corrupt when it is missing or not of the form.
Result<Seal> read_seal(const std::string& partition_dir, const SegmentName& segment);

}  // namespace rcml::broker::spool
