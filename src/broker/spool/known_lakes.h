// broker/spool/known_lakes.h: which lakes are filled from a spool, so that a trim leaves what they have not committed.
//
//   DIR/lakes/0123456789abcdef.lake      one file for each lake and group: the lines "lake URL" and "group NAME", and
//                                        "log NAME" when the lake knows this spool by a name that a person chose
//
// A stream writes its file when it starts, before it reads. The file's name is a hash of its lines, so that streams
// may start at the same moment and a second start changes nothing. The spool itself knows nothing of lakes: for it the
// URL is a text.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"

namespace rcml::broker::spool {

struct KnownLake {
  std::string url;  // In the form of lake::Location::url: s3://BUCKET/PREFIX/ or file:///DIR/.
  std::string group;
  std::string log = {};  // Name of the spool in that lake; empty: the spool's own.
  bool operator==(const KnownLake&) const = default;
};

// In order of URL, group and name. corrupt when a file is not of the form.
Result<std::vector<KnownLake>> read_known_lakes(const std::string& dir);
// Durable afterwards. unavailable when the spool cannot be written to.
Status note_known_lake(const std::string& dir, const KnownLake& lake);
// Absent is not an error.
Status forget_known_lake(const std::string& dir, const KnownLake& lake);

}  // namespace rcml::broker::spool
