#include "broker/spool/partition_reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "broker/spool/lock.h"
#include "core/log.h"

namespace rcml::broker::spool {
namespace {

// Where the last complete line of the file ends.
Result<int64_t> complete_bytes(const File& file) {
  constexpr int64_t kStepBytes = 64 << 10;
  const auto buffer = std::make_unique_for_overwrite<char[]>(kStepBytes);
  RCML_TRY(int64_t end, file.size());
  while (end > 0) {
    const int64_t begin = std::max<int64_t>(0, end - kStepBytes);
    RCML_TRY(const int64_t got, file.read_at(begin, buffer.get(), end - begin));
    const void* newline = memrchr(buffer.get(), '\n', static_cast<size_t>(got));
    if (newline != nullptr) return begin + (static_cast<const char*>(newline) - buffer.get()) + 1;
    end = begin;
  }
  return 0;
}

// Opens it under the name it has now: it may be sealed between the listing and the opening.
Result<File> open_under_either_name(const std::string& dir, SegmentName& segment) {
  auto file = File::open(dir + "/" + segment.file_name(), O_RDONLY);
  if (file || !segment.is_open) return file;
  SegmentName sealed = segment;
  sealed.is_open = false;
  auto second = File::open(dir + "/" + sealed.file_name(), O_RDONLY);
  if (second) segment = sealed;
  return second ? std::move(second) : std::move(file);
}

}  // namespace

PartitionReader::PartitionReader(std::string spool_dir, Partition partition, const SpoolHeader& header,
                                 const Limits& limits, std::shared_ptr<BufferPool> pool)
    : spool_dir_(std::move(spool_dir)),
      dir_(partition_dir(spool_dir_, partition)),
      partition_(partition),
      roll_age_(header.roll_age),
      limits_(limits),
      pool_(std::move(pool)),
      index_(dir_) {}

Result<OffsetRange> PartitionReader::range() {
  RCML_OK(index_.refresh());
  const auto& segments = index_.segments();
  if (segments.empty()) return OffsetRange{Offset(0), Offset(0)};
  SegmentName last = segments.back();
  RCML_TRY(const File file, open_under_either_name(dir_, last));
  RCML_TRY(const int64_t bytes, complete_bytes(file));
  return OffsetRange{Offset(segments.front().start), Offset(last.start + bytes)};
}

void PartitionReader::seek(Offset next) {
  next_ = next.value;
  segment_.reset();
  file_ = File();
  torn_noted_at_ = -1;
}

Result<std::optional<EventBatch>> PartitionReader::read() {
  EventBatch batch;
  batch.partition = partition_;
  batch.first = Offset(next_);
  // Ends: each turn reads lines, moves one segment on, or finds that there is no more.
  while (true) {
    if (!segment_) {
      RCML_TRY(const Step step, open_segment());
      if (step == Step::at_end) return std::optional<EventBatch>();
    }
    RCML_TRY(const bool has_read, read_lines(batch));
    if (has_read) break;
    RCML_TRY(const Step step, leave_segment(batch));
    if (step == Step::at_end) return std::optional<EventBatch>();
    if (batch.first.value != next_) break;
  }
  batch.next = Offset(next_);
  return std::optional(std::move(batch));
}

// Finds the segment that holds `next_`. at_end: the spool ends here, as far as is known.
Result<PartitionReader::Step> PartitionReader::open_segment() {
  RCML_OK(index_.list());
  const auto& segments = index_.segments();
  if (segments.empty() && next_ == 0) return Step::at_end;
  if (segments.empty() || next_ < segments.front().start) {
    const std::string what =
        segments.empty() ? "there is no segment" : "the first segment is " + segments.front().file_name();
    return needs_person("reading " + dir_ + " should go on at position " + std::to_string(next_) + ", but " + what,
                        "Segments were removed or the spool was replaced: restore them, or start a new lake or group");
  }
  const auto after =
      std::upper_bound(segments.begin(), segments.end(), next_,
                       [](int64_t position, const SegmentName& segment) { return position < segment.start; });
  RCML_OK(enter(*std::prev(after)));
  return Step::go_on;
}

// A position that no line begins at shows that the spool is not the one the position was taken from.
Status PartitionReader::enter(const SegmentName& segment) {
  SegmentName found = segment;
  RCML_TRY(File file, open_under_either_name(dir_, found));
  RCML_TRY(const int64_t bytes, file.size());
  int64_t next_start = found.start + bytes;
  if (!found.is_open) {
    RCML_TRY(const Seal seal, read_seal(dir_, found));
    if (seal.bytes != bytes) {
      return corrupt("the segment " + file.path() + " has " + std::to_string(bytes) + " bytes, its seal says " +
                         std::to_string(seal.bytes),
                     "Restore the segment from a backup");
    }
    next_start = seal.next_start;
  }
  if (next_ > next_start) return beyond_end_error(file.path(), next_start);
  const int64_t at = next_ - found.start;
  char before = '\n';
  if (at > 0 && at <= bytes) RCML_OK(file.read_at(at - 1, &before, 1));
  if (before != '\n') {
    return needs_person("reading " + dir_ + " should go on at position " + std::to_string(next_) +
                            ", where no line of " + file.path() + " begins",
                        "The spool was replaced or cut: restore it, or start a new lake or group");
  }
  segment_ = found;
  file_ = std::move(file);
  return {};
}

// Reads one batch of complete lines of the current segment; false when there is none.
Result<bool> PartitionReader::read_lines(EventBatch& batch) {
  std::shared_ptr<char> buffer = pool_->take();
  const int64_t at = next_ - segment_->start;
  RCML_TRY(const int64_t got, file_.read_at(at, buffer.get(), limits_.batch_bytes));
  const void* newline = got == 0 ? nullptr : memrchr(buffer.get(), '\n', static_cast<size_t>(got));
  if (newline == nullptr && got == limits_.batch_bytes) return read_long_line(batch, buffer.get(), got);
  if (newline == nullptr) return false;
  take_lines(batch,
             std::string_view(buffer.get(), static_cast<size_t>(static_cast<const char*>(newline) - buffer.get()) + 1));
  batch.owner = std::move(buffer);
  return true;
}

void PartitionReader::take_lines(EventBatch& batch, std::string_view lines) {
  batch.events.reserve(events_hint_ + events_hint_ / 8);
  const char* at = lines.data();
  const char* const end = at + lines.size();
  while (at < end) {
    const char* newline = static_cast<const char*>(std::memchr(at, '\n', static_cast<size_t>(end - at)));
    if (newline > at) {
      const std::string_view line(at, static_cast<size_t>(newline - at));
      batch.events.push_back(event_at(next_ + (at - lines.data()), line));
    }
    at = newline + 1;
  }
  events_hint_ = batch.events.size();
  batch.bytes += static_cast<int64_t>(lines.size());
  next_ += static_cast<int64_t>(lines.size());
}

contract::SourceEvent PartitionReader::event_at(int64_t position, std::string_view bytes) const {
  contract::SourceEvent event;
  event.offset = Offset(position);
  event.bytes = bytes;
  // The latest moment it can have been written: the same at every reading, unlike the moment it was read.
  event.arrived_at = UtcMicros(segment_->created_at.value + roll_age_.value * 1000);
  event.is_padded = true;
  return event;
}

// A line longer than a batch, read on in a buffer of its own. Beyond the limit only its length is found out.
Result<bool> PartitionReader::read_long_line(EventBatch& batch, const char* head, int64_t head_bytes) {
  const int64_t at = next_ - segment_->start;
  auto kept = std::make_shared<std::string>(head, static_cast<size_t>(head_bytes));
  const std::shared_ptr<char> chunk = pool_->take();
  int64_t line_bytes = head_bytes;
  while (true) {
    RCML_TRY(const int64_t got, file_.read_at(at + line_bytes, chunk.get(), limits_.batch_bytes));
    if (got == 0) return false;
    const void* newline = std::memchr(chunk.get(), '\n', static_cast<size_t>(got));
    const int64_t part = newline == nullptr ? got : static_cast<const char*>(newline) - chunk.get();
    const int64_t room = limits_.line_bytes_max - static_cast<int64_t>(kept->size());
    kept->append(chunk.get(), static_cast<size_t>(std::clamp<int64_t>(room, 0, part)));
    line_bytes += part;
    if (newline != nullptr) break;
  }
  const size_t kept_bytes = kept->size();
  kept->append(contract::kEventPaddingBytes, '\0');
  batch.events.push_back(event_at(next_, std::string_view(kept->data(), kept_bytes)));
  if (line_bytes > static_cast<int64_t>(kept_bytes)) batch.events.back().full_bytes = line_bytes;
  batch.bytes += static_cast<int64_t>(kept_bytes);
  batch.owner = std::move(kept);
  next_ += line_bytes + 1;
  return true;
}

// Called when the segment gave no complete line. A writer fills a segment to its end before it begins the next, so a
// next one proves that this one is final; but it may have grown between our reading and the listing. Where the next one
// is known already, the folder is not looked at: this is what keeps the cost of a long log in proportion to its length.
Result<PartitionReader::Step> PartitionReader::leave_segment(EventBatch& batch) {
  auto current = index_.find(*segment_);
  if (current == index_.segments().end() || std::next(current) == index_.segments().end()) {
    RCML_OK(index_.refresh());
    current = index_.find(*segment_);
  }
  // A recovering writer removes a segment that never got a byte; a listing may also miss a file that is being renamed.
  if (current == index_.segments().end()) {
    segment_.reset();
    return Step::at_end;
  }
  RCML_TRY(const int64_t bytes, file_.size());
  const auto after = std::next(current);
  const bool has_next = after != index_.segments().end();
  if (!has_next && current->is_open) {
    RCML_OK(note_torn_tail(segment_->start + bytes - next_));
    return Step::at_end;
  }
  RCML_TRY(const int64_t complete, complete_bytes(file_));
  if (segment_->start + complete > next_) return Step::go_on;
  RCML_TRY(const int64_t next_start, end_of(*current));
  if (!has_next) return Step::at_end;
  return enter_next(*current, *after, std::max(next_start, next_), batch);
}

// Where the partition goes on after the segment being read. One that was listed as open may have been sealed since.
Result<int64_t> PartitionReader::end_of(const SegmentName& segment) const {
  if (segment.is_open && access(seal_path(dir_, segment).c_str(), F_OK) != 0) {
    RCML_TRY(const int64_t bytes, file_.size());
    return segment.start + bytes;
  }
  RCML_TRY(const Seal seal, read_seal(dir_, segment));
  return seal.next_start;
}

Result<PartitionReader::Step> PartitionReader::enter_next(const SegmentName& current, const SegmentName& after,
                                                          int64_t next_start, EventBatch& batch) {
  if (after.start != next_start) return gap_error(current, next_start, after);
  next_ = next_start;
  batch.next = Offset(next_);
  const SegmentName wanted = after;
  Status status = enter(wanted);
  if (status.ok()) return Step::go_on;
  // When it was removed since the listing, opening by position says why reading cannot go on.
  RCML_OK(index_.list());
  if (index_.find(wanted) != index_.segments().end()) return status.take_error();
  segment_.reset();
  return Step::go_on;
}

Error PartitionReader::beyond_end_error(const std::string& last_path, int64_t end) const {
  return needs_person(
      "reading " + dir_ + " should go on at position " + std::to_string(next_) + ", but its last segment " + last_path +
          " ends at " + std::to_string(end),
      "After a power cut: start the writer once, it makes the spool whole. Otherwise the spool was replaced "
      "or cut: restore it, or start a new lake or group");
}

Error PartitionReader::gap_error(const SegmentName& before, int64_t end, const SegmentName& after) const {
  return corrupt("between the segments " + dir_ + "/" + before.file_name() + ", which ends at position " +
                     std::to_string(end) + ", and " + dir_ + "/" + after.file_name() + " there is a gap or an overlap",
                 "A segment is missing or was changed: restore it from a backup");
}

// Once per place: somebody waits for a line that no one will end.
Status PartitionReader::note_torn_tail(int64_t bytes) {
  if (bytes <= 0 || torn_noted_at_ == next_ || has_living_writer(spool_dir_)) return {};
  torn_noted_at_ = next_;
  log_warn("unfinished last line waits",
           {{"bytes", bytes},
            {"segment", file_.path()},
            {"cure", "the next writer of this spool ends it; it then becomes an event or a reject"}});
  return {};
}

}  // namespace rcml::broker::spool
