// sink/replay.h: rejects that are good by now become rows: after a fix of the program, or with wider limits.
//
// The rejects stay where they are: they tell what was set aside and when, and warehouses have loaded them. A replayed
// event keeps its source position and its time of arrival. Its row is committed together with the number of all rows
// ever replayed, as a mark: a compare-and-swap, so of two replays at once one wins, and the audit knows how many
// positions may stand in both tables. A position that clicks has already is passed over, so a replay can be cut short
// and run again. Events of a stream's commit that is only half done belong to that stream: they are let alone.
#pragma once

#include <string>

#include "contract/cut_columns.h"
#include "contract/decoder.h"
#include "core/result.h"
#include "lake/parquet/file_writer.h"
#include "lake/schemas.h"
#include "sink/commit.h"

namespace rcml::sink {

struct ReplayOptions {
  std::string reason;  // Only rejects of this reason; empty: of any.
  std::string dt;      // Only files of this date; empty: of any.
  bool is_dry_run = false;
  contract::DecodeLimits decode;
  // In place of decode.past_micros_max for rejects of reason ts_range: without it a replay would take every old event.
  int64_t ts_range_past_micros_max = -1;
  lake::FileOptions files;
  CommitLimits commit;
};

struct ReplayReport {
  int64_t looked_at = 0;
  int64_t replayed = 0;      // Rows now.
  int64_t already_rows = 0;  // By an earlier replay.
  int64_t still_bad = 0;
  int64_t cut = 0;           // Only a part of the event was kept, so it cannot be read again.
  contract::CutCounts texts_cut{};  // Of the replayed ones.
  int64_t in_flight = 0;     // Of a commit that a stream has yet to finish.
};

// The mark in clicks: rows ever replayed into this lake.
inline constexpr const char* kReplayMark = "rejects/replayed_rows";

Result<ReplayReport> replay_rejects(lake::LakeTables& tables, const ReplayOptions& options);

}  // namespace rcml::sink
