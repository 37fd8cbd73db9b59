// audit/log_proof.h: what an audit of the log has proven, kept in the lake so that the next one goes on from there.
//
//   LAKE/_proof/<hash of group and log>/<time>-<uuid>.json
//
// A file is written once, whole, and never changed; the newest one that is sound counts, and its writer removes the older
// ones. It is bound to the table's history by the digests of two commits, so that it says nothing of a table that was put
// back to an older state and went another way from there. A proof that is lost or damaged costs a full audit and nothing else. docs/formats/lake.md has the form.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "audit/report.h"
#include "core/ids.h"
#include "core/result.h"
#include "lake/delta/table.h"
#include "lake/store/location.h"

namespace rcml::audit {

struct LogProof {
  std::string group;
  std::string log_name;
  std::string log_id;  // broker::EventSource::id(); may be empty.
  std::string clicks_id;  // Of the lake's tables (lake::Table::id), and
  std::string rejects_id;
  TableVersion clicks_version;  // their versions: all that they held then is accounted for.
  TableVersion rejects_version;
  std::string clicks_commit;  // commit_digest() of these versions.
  std::string rejects_commit;
  int64_t replays = 0;  // sink::kReplayMark then.
  std::vector<PartitionAccount> partitions;
  // Rejects of a commit whose rows were not there yet: no account contains them.
  std::vector<std::pair<Partition, Offset>> half_done;
  UtcMicros proven_at;
  UtcMicros full_at;  // When everything was last read from the beginning.
  std::string program;  // "rcml 0.2.0", which wrote it.
};

// Hash of the text of that version's commit; empty when it cannot be read.
std::string commit_digest(const lake::Table& table, TableVersion version);

std::string to_json(const LogProof& proof);
// Nothing when the text is not whole and as it was written.
std::optional<LogProof> parse_log_proof(const std::string& text);

// The newest sound one. Nothing, and a warning where one is damaged or cannot be read, when there is none.
std::optional<LogProof> read_log_proof(const lake::Location& lake, const std::string& group,
                                       const std::string& log_name);
Status write_log_proof(const lake::Location& lake, const LogProof& proof);

}  // namespace rcml::audit
