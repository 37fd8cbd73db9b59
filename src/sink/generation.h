// sink/generation.h: everything between two flushes: the files the encoders filled and the offsets they stand for.
#pragma once

#include <array>
#include <atomic>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "broker/absences.h"
#include "contract/event.h"
#include "core/ids.h"
#include "lake/delta/table.h"
#include "lake/parquet/file_writer.h"

namespace rcml::sink {

// Closed and durable, but no part of the lake before a commit names them.
struct FinishedFiles {
  std::vector<lake::DataFile> clicks;
  std::vector<lake::DataFile> rejects;
};

// Files of one encoder. Names and files are made when the first row of a dt comes.
struct FileSet {
  std::map<Dt, std::unique_ptr<lake::ClickFileWriter>> clicks;  // Open; never null.
  std::map<Dt, std::unique_ptr<lake::RejectFileWriter>> rejects;
  FinishedFiles finished;                  // Closed early, to make room.
  std::vector<std::string> clicks_paths;   // All that were created, for cleaning up after a failed flush.
  std::vector<std::string> rejects_paths;
};

struct PartitionSpan {
  Offset first;  // Of what was read.
  Offset next;   // The mark to set.
};

// Counted by the encoders, read by the main thread; relaxed is enough, the hand-over of the files synchronises.
struct GenerationCounts {
  std::atomic<int64_t> rows{0};
  std::atomic<int64_t> rejects{0};
  std::array<std::atomic<int64_t>, static_cast<size_t>(contract::RejectReason::reason_count)> rejects_by_reason{};
  std::array<std::atomic<int64_t>, contract::column_count> cuts_by_column{};
  std::atomic<int64_t> tombstones{0};
  std::atomic<int64_t> already_set_aside{0};
  std::atomic<int64_t> newest_event_ts{INT64_MIN};
};

struct Generation {
  int64_t number = 0;
  std::map<Partition, PartitionSpan> spans;  // Written by the main thread only, complete before the hand-over.
  std::map<Partition, broker::Absences> absences;  // Likewise.
  lake::Marks clicks_started;   // The marks this generation goes on from, by app; a missing app never committed.
  lake::Marks rejects_started;
  std::string log_id;           // EventSource::id().
  lake::Marks gap_marks;        // Gaps to be written down with this commit.
  GenerationCounts counts;

  std::mutex mutex;                // Guards file_sets.
  std::vector<FileSet> file_sets;  // One per encoder once handed over.
};

}  // namespace rcml::sink
