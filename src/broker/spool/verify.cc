#include "broker/spool/verify.h"

#include <fcntl.h>

#include <algorithm>

#include "broker/spool/partition_reader.h"
#include "broker/spool/seal.h"

namespace rcml::broker::spool {
namespace {

constexpr int64_t kBatchBytes = 1 << 20;
constexpr int64_t kLineBytesMax = 16 << 20;

std::string difference(const std::string& what, int64_t found, int64_t sealed) {
  return " has " + std::to_string(found) + " " + what + ", its seal says " + std::to_string(sealed);
}

// Where bytes are missing or too many, the place is known.
std::string wrong_size(int64_t start, int64_t found, int64_t sealed) {
  return difference("bytes", found, sealed) + (found < sealed ? ": what was from position " : ": position ") +
         std::to_string(start + std::min(found, sealed)) + (found < sealed ? " on is missing" : " on was added later");
}

// What is wrong with a sealed segment; empty when nothing is.
Result<std::string> fault_of(const File& file, int64_t start, const Seal& seal) {
  RCML_TRY(const Contents contents, scan_segment(file));
  if (contents.bytes != seal.bytes) return wrong_size(start, contents.bytes, seal.bytes);
  if (contents.crc32c != seal.crc32c)
    return " has other bytes than were written, somewhere from position " + std::to_string(start) + " to " +
           std::to_string(start + seal.bytes - 1) + ": its checksum differs from its seal";
  if (contents.events != seal.events) return difference("events", contents.events, seal.events);
  if (contents.has_torn_tail) return std::string(" does not end with a newline");
  return std::string();
}

// Returns where the next segment must begin; -1 when that cannot be told.
int64_t verify_segment(const std::string& dir, const SegmentName& segment, VerifyReport& report) {
  const std::string path = dir + "/" + segment.file_name();
  const auto file = File::open(path, O_RDONLY);
  const auto seal = read_seal(dir, segment);
  if (!file || !seal) {
    report.faults.push_back(file ? seal.error().message : file.error().message);
    return -1;
  }
  auto fault = fault_of(*file, segment.start, *seal);
  if (!fault) report.faults.push_back(fault.error().message);
  else if (!fault->empty()) report.faults.push_back(path + *fault);
  report.events += seal->events;
  report.bytes += seal->bytes;
  return seal->next_start;
}

void note_missing_begin(const std::string& dir, const std::vector<SegmentName>& segments, const TrimMark& trimmed,
                        VerifyReport& report) {
  if (segments.empty() || segments.front().start == trimmed.begin) return;
  report.faults.push_back(dir + " begins at position " + std::to_string(segments.front().start) +
                          ", but no trim removed what was from position " + std::to_string(trimmed.begin) + " on");
}

Status verify_partition(const std::string& dir, VerifyReport& report) {
  RCML_TRY(const auto segments, list_segments(dir));
  RCML_TRY(const TrimMark trimmed, read_trim_mark(dir));
  note_missing_begin(dir, segments, trimmed, report);
  int64_t expected = -1;
  for (const SegmentName& segment : segments) {
    if (expected >= 0 && segment.start != expected) {
      report.faults.push_back(dir + "/" + segment.file_name() + " should begin at position " +
                              std::to_string(expected) + ": the segment before it is missing or was changed");
    }
    ++report.segments;
    report.open_segments += segment.is_open;
    expected = segment.is_open ? -1 : verify_segment(dir, segment, report);
  }
  return {};
}

}  // namespace

Result<VerifyReport> verify(const std::string& dir) {
  RCML_TRY(const SpoolHeader header, read_header(dir));
  VerifyReport report;
  for (int32_t i = 0; i < header.partitions; ++i) RCML_OK(verify_partition(partition_dir(dir, Partition(i)), report));
  return report;
}

Status for_each_event(const std::string& dir, Partition partition,
                      const std::function<Status(const contract::SourceEvent&)>& visit) {
  RCML_TRY(const SpoolHeader header, read_header(dir));
  auto pool = std::make_shared<BufferPool>(static_cast<size_t>(kBatchBytes) + contract::kEventPaddingBytes, 1);
  PartitionReader reader(dir, partition, header, {kBatchBytes, kLineBytesMax}, pool);
  RCML_TRY(const OffsetRange range, reader.range());
  reader.seek(range.begin);
  while (reader.position() < range.end) {
    RCML_TRY(const auto batch, reader.read());
    if (!batch) break;
    for (const contract::SourceEvent& event : batch->events) {
      if (event.offset < range.end) RCML_OK(visit(event));
    }
  }
  return {};
}

}  // namespace rcml::broker::spool
