#include "broker/spool/seal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <memory>

#include "broker/spool/crc32c.h"
#include "core/crash_point.h"
#include "core/log.h"

namespace rcml::broker::spool {
namespace {

constexpr int64_t kScanBytes = 1 << 20;

// A seal whose rename to the final name did not happen any more.
bool has_matching_seal(const std::string& partition_dir, const SegmentName& segment, const Contents& contents,
                       Seal& seal) {
  if (access(seal_path(partition_dir, segment).c_str(), F_OK) != 0) return false;
  auto read = read_seal(partition_dir, segment);
  if (!read || read->bytes != contents.bytes || read->crc32c != contents.crc32c) return false;
  seal = *read;
  return true;
}

Result<int64_t> recover_segment(const std::string& partition_dir, const SegmentName& segment, const SegmentName* next,
                                bool is_same_boot) {
  const std::string path = partition_dir + "/" + segment.file_name();
  RCML_TRY(const File file, File::open(path, O_RDWR | O_APPEND));
  RCML_TRY(Contents contents, scan_segment(file));
  if (contents.bytes == 0 && next == nullptr && is_same_boot) {
    if (unlink(path.c_str()) != 0) return os_error("remove", path);
    return segment.start;
  }
  if (contents.has_torn_tail) {
    log_warn("unfinished last line ended", {{"segment", path}, {"bytes", contents.bytes}});
    Status status;
    file.append("\n", status);
    RCML_OK(std::move(status));
    RCML_TRY(contents, scan_segment(file));
  }
  const int64_t end = segment.start + contents.bytes;
  Seal seal{contents.bytes, contents.events, contents.crc32c, end};
  if (!has_matching_seal(partition_dir, segment, contents, seal)) {
    if (next != nullptr) seal.next_start = next->start;
    else if (!is_same_boot) seal.next_start = end + kUnsyncedBytesMax;
  }
  // A hole is what a power cut leaves. Without one, or with an overlap, something else was at work.
  if (seal.next_start < end || (next != nullptr && is_same_boot && seal.next_start != end)) {
    return corrupt("the segment " + path + " ends at position " + std::to_string(end) + ", but the next one is " +
                       partition_dir + "/" + next->file_name(),
                   "Something else wrote to the spool: restore both from a backup");
  }
  RCML_OK(seal_segment(partition_dir, segment, file, seal));
  return seal.next_start;
}

}  // namespace

int64_t count_events(std::string_view bytes, bool& is_line_begun) {
  int64_t events = 0;
  const char* at = bytes.data();
  const char* const end = at + bytes.size();
  while (at < end) {
    const char* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (newline == nullptr) {
      is_line_begun = true;
      break;
    }
    events += is_line_begun || newline > at;
    is_line_begun = false;
    at = newline + 1;
  }
  return events;
}

Result<Contents> scan_segment(const File& file) {
  Contents out;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kScanBytes);
  while (true) {
    RCML_TRY(const int64_t got, file.read_at(out.bytes, buffer.get(), kScanBytes));
    if (got == 0) return out;
    const std::string_view bytes(buffer.get(), static_cast<size_t>(got));
    out.events += count_events(bytes, out.has_torn_tail);
    out.crc32c = crc32c(out.crc32c, bytes);
    out.bytes += got;
  }
}

Status seal_segment(const std::string& partition_dir, const SegmentName& segment, const File& file, const Seal& seal) {
  RCML_CHECK(segment.is_open);
  RCML_OK(file.sync());
  crash_point("spool.before_seal");
  RCML_OK(write_small_file(partition_dir, segment.stem() + ".seal", to_json(seal)));
  crash_point("spool.before_rename");
  SegmentName sealed = segment;
  sealed.is_open = false;
  RCML_OK(rename_file(partition_dir, segment.file_name(), sealed.file_name()));
  return sync_dir(partition_dir);
}

Result<int64_t> recover_partition(const std::string& partition_dir, bool is_same_boot) {
  RCML_TRY(const auto segments, list_segments(partition_dir));
  RCML_TRY(const TrimMark trimmed, read_trim_mark(partition_dir));
  int64_t end = trimmed.begin;
  for (size_t i = 0; i < segments.size(); ++i) {
    const SegmentName& segment = segments[i];
    const SegmentName* next = i + 1 < segments.size() ? &segments[i + 1] : nullptr;
    if (i > 0 && segment.start != end) {
      return corrupt("the segment " + partition_dir + "/" + segments[i - 1].file_name() + " ends at position " +
                         std::to_string(end) + ", but the next one is " + partition_dir + "/" + segment.file_name(),
                     "A segment between them is missing: restore it from a backup");
    }
    if (segment.is_open) {
      RCML_TRY(end, recover_segment(partition_dir, segment, next, is_same_boot));
    } else {
      RCML_TRY(const Seal seal, read_seal(partition_dir, segment));
      end = seal.next_start;
    }
  }
  return end;
}

}  // namespace rcml::broker::spool
