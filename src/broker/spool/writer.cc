#include "broker/spool/writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <condition_variable>
#include <cstring>
#include <deque>
#include <filesystem>
#include <mutex>
#include <thread>

#include "broker/spool/crc32c.h"
#include "broker/spool/file.h"
#include "broker/spool/lock.h"
#include "broker/spool/seal.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/uuid.h"

namespace rcml::broker::spool {
namespace {

constexpr size_t kBufferBytes = 512 << 10;
constexpr size_t kSealBacklogMax = 4;
constexpr auto kBackgroundStep = std::chrono::milliseconds(50);
constexpr int64_t kSyncEveryMicros = kMicrosPerSecond;

// Two segments' worth may be in the making beside the backlog, and all of it must stay below the gap that recovery
// leaves after a power cut, per partition.
constexpr int64_t kSegmentBytesLimit = kUnsyncedBytesMax / static_cast<int64_t>(kSealBacklogMax + 4);

// The segment a partition appends to, or one that waits to be sealed. Shared by the caller's thread and the background
// thread, which syncs it outside the lock.
struct Segment {
  std::string partition_dir;
  SegmentName name;
  File file;
  int64_t bytes = 0;
  int64_t events = 0;
  uint32_t crc = 0;
  UtcMicros created_monotonic;
  bool is_dirty = false;  // Has bytes since the last sync.
};

struct PartitionState {
  std::string dir;
  int64_t next_start = 0;
  std::shared_ptr<Segment> active;  // Shared: see Segment.
  std::string buffer;
  int64_t buffered_events = 0;
  UtcMicros buffered_since;
};

// A folder that holds anything else is not taken over.
Status check_is_free(const std::string& dir) {
  std::error_code code;
  for (const auto& entry : std::filesystem::directory_iterator(dir, code)) {
    const std::string name = entry.path().filename();
    const bool is_ours =
        name == "LOCK" || name == "spool.json.tmp" || name.find_first_not_of("0123456789") == std::string::npos;
    if (!is_ours) return bad_config(dir + " is not a spool and not empty: it holds " + name, "Choose a new folder");
  }
  if (code) return unavailable("list " + dir + ": " + code.message(), "Check the owner and the mode of the path");
  return {};
}

Result<SpoolHeader> make_spool(const SpoolWriterOptions& options) {
  RCML_OK(check_is_free(options.dir));
  SpoolHeader header{options.name.empty() ? name_from_dir(options.dir) : options.name, options.partitions,
                     options.roll_age, random_uuid()};
  if (!is_spool_name(header.name))
    return bad_config("'" + header.name + "' cannot name a spool", "Use letters, digits, . _ and -");
  if (header.partitions < 1 || header.partitions > 4096) return bad_config("a spool has 1 to 4096 partitions", "");
  for (int32_t i = 0; i < header.partitions; ++i) RCML_OK(make_dir(partition_dir(options.dir, Partition(i))));
  RCML_OK(write_small_file(options.dir, "spool.json", to_json(header)));
  return header;
}

Status check_options(const SpoolWriterOptions& options) {
  if (options.segment_bytes_max < 1 || options.segment_bytes_max > kSegmentBytesLimit) {
    return bad_config("a spool segment has 1 to " + std::to_string(kSegmentBytesLimit) + " bytes", "");
  }
  return {};
}

}  // namespace

struct SpoolWriter::State {
  SpoolWriterOptions options;
  SpoolHeader header;
  WriterLock lock;
  std::vector<PartitionState> partitions;

  std::mutex mutex;
  std::condition_variable background_wakes;
  std::condition_variable queue_moved;
  std::deque<std::shared_ptr<Segment>> to_seal;  // In order; the first is being sealed.
  std::optional<Error> failure;                  // The first; everything after it is refused.
  bool is_stopping = false;
  bool is_closed = false;
  int64_t events_in_files = 0;
  UtcMicros last_sync = monotonic_now();
  std::thread background;

  Status failed(Error error) {
    if (!failure) {
      error.message +=
          " (of this run, " + std::to_string(events_in_files) + " events are in the spool, later ones are not)";
      failure = std::move(error);
      queue_moved.notify_all();
    }
    return *failure;
  }

  Status check_alive() const {
    if (failure) return *failure;
    RCML_CHECK(!is_closed);
    return {};
  }

  // --- Appending; with the mutex held. ---

  Status begin_segment(PartitionState& partition) {
    auto segment = std::make_shared<Segment>();
    segment->partition_dir = partition.dir;
    segment->name = {partition.next_start, utc_now(), true};
    segment->created_monotonic = monotonic_now();
    auto file = File::open(partition.dir + "/" + segment->name.file_name(), O_WRONLY | O_CREAT | O_EXCL | O_APPEND);
    if (!file) return failed(file.take_error());
    segment->file = *std::move(file);
    if (Status status = sync_dir(partition.dir); !status.ok()) return failed(status.take_error());
    partition.active = std::move(segment);
    return {};
  }

  // `lines` are whole lines. After an error the file ends with a whole line all the same: what a failed write left of a
  // line is taken back, which no reader can have seen.
  Status append(PartitionState& partition, std::string_view lines, int64_t events) {
    Segment& segment = *partition.active;
    Status status;
    const int64_t put = segment.file.append(lines, status);
    const std::string_view kept = lines.substr(0, static_cast<size_t>(put));
    const size_t whole = status.ok() ? kept.size() : kept.rfind('\n') + 1;
    bool is_line_begun = false;
    const std::string_view counted = kept.substr(0, whole);
    const int64_t added = status.ok() ? events : count_events(counted, is_line_begun);
    segment.crc = crc32c(segment.crc, counted);
    segment.bytes += static_cast<int64_t>(whole);
    segment.events += added;
    segment.is_dirty = true;
    events_in_files += added;
    if (status.ok()) return {};
    if (ftruncate(segment.file.fd(), segment.bytes) != 0)
      log_warn("torn line stays until recovery", {{"segment", segment.file.path()}});
    return failed(status.take_error());
  }

  Status flush_buffer(PartitionState& partition) {
    if (partition.buffer.empty()) return {};
    Status status = append(partition, partition.buffer, partition.buffered_events);
    partition.buffer.clear();
    partition.buffered_events = 0;
    return status;
  }

  // Ends the active segment and hands it to the background thread.
  Status end_segment(PartitionState& partition) {
    RCML_OK(flush_buffer(partition));
    partition.next_start = partition.active->name.start + partition.active->bytes;
    to_seal.push_back(std::move(partition.active));
    partition.active.reset();
    background_wakes.notify_one();
    return {};
  }

  bool is_aged(const Segment& segment) const {
    return monotonic_now().value - segment.created_monotonic.value >= header.roll_age.value * 1000;
  }

  // Makes sure that `bytes` more may go into the active segment now.
  Status make_room(std::unique_lock<std::mutex>& held, PartitionState& partition, size_t bytes) {
    if (partition.active != nullptr) {
      const int64_t pending = partition.active->bytes + static_cast<int64_t>(partition.buffer.size());
      const bool is_full = pending > 0 && pending + static_cast<int64_t>(bytes) > options.segment_bytes_max;
      if (is_full || is_aged(*partition.active)) RCML_OK(end_segment(partition));
    }
    if (partition.active != nullptr) return {};
    queue_moved.wait(held, [&] { return to_seal.size() < kSealBacklogMax || failure; });
    RCML_OK(check_alive());
    // While this thread waited, another caller may have begun the segment.
    return partition.active != nullptr ? Status() : begin_segment(partition);
  }

  Status add(std::unique_lock<std::mutex>& held, PartitionState& partition, std::string_view event) {
    RCML_OK(make_room(held, partition, event.size() + 1));
    if (partition.buffer.empty()) partition.buffered_since = monotonic_now();
    partition.buffer.append(event).push_back('\n');
    ++partition.buffered_events;
    return partition.buffer.size() >= kBufferBytes ? flush_buffer(partition) : Status();
  }

  // One partition, and nothing that `write` would refuse for its size or split.
  bool takes_as_block(std::string_view lines, std::span<const KeyedEvent> events) const {
    if (header.partitions != 1 || static_cast<int64_t>(lines.size()) > options.segment_bytes_max) return false;
    for (const KeyedEvent& event : events) {
      if (event.event.empty() || static_cast<int64_t>(event.event.size()) > options.event_bytes_max) return false;
    }
    return true;
  }

  Status add_lines(std::unique_lock<std::mutex>& held, std::string_view lines, int64_t events) {
    PartitionState& partition = partitions[0];
    RCML_OK(make_room(held, partition, lines.size()));
    RCML_OK(flush_buffer(partition));
    return append(partition, lines, events);
  }

  // --- The background thread. ---

  void run() {
    std::unique_lock held(mutex);
    while (!is_stopping || (!to_seal.empty() && !failure)) {
      if (to_seal.empty()) background_wakes.wait_for(held, kBackgroundStep);
      if (!failure) look_after_partitions();
      if (!failure && !to_seal.empty()) seal_first(held);
      if (!failure && monotonic_now().value - last_sync.value >= kSyncEveryMicros) sync_active(held);
    }
  }

  void look_after_partitions() {
    const int64_t now = monotonic_now().value;
    for (PartitionState& partition : partitions) {
      const bool is_due = now - partition.buffered_since.value >= options.visible_age_max.value * 1000;
      if (!partition.buffer.empty() && is_due && !flush_buffer(partition).ok()) return;
      if (partition.active != nullptr && is_aged(*partition.active) && !end_segment(partition).ok()) return;
    }
  }

  void seal_first(std::unique_lock<std::mutex>& held) {
    const std::shared_ptr<Segment> segment = to_seal.front();
    held.unlock();
    const Seal seal{segment->bytes, segment->events, segment->crc, segment->name.start + segment->bytes};
    Status status = seal_segment(segment->partition_dir, segment->name, segment->file, seal);
    held.lock();
    if (!status.ok()) (void)failed(status.take_error());
    else to_seal.pop_front();
    queue_moved.notify_all();
  }

  // Returns with all that was in the files at the call durable, segments of the queue excepted.
  void sync_active(std::unique_lock<std::mutex>& held) {
    std::vector<std::shared_ptr<Segment>> dirty;
    for (PartitionState& partition : partitions) {
      if (partition.active == nullptr || !partition.active->is_dirty) continue;
      partition.active->is_dirty = false;
      dirty.push_back(partition.active);
    }
    held.unlock();
    Status status;
    for (const auto& segment : dirty) {
      if (status.ok()) status = segment->file.sync();
    }
    held.lock();
    last_sync = monotonic_now();
    if (!status.ok()) (void)failed(status.take_error());
  }

  // --- Ending. ---

  Status flush_buffers() {
    RCML_OK(check_alive());
    for (PartitionState& partition : partitions) RCML_OK(flush_buffer(partition));
    return {};
  }

  Status sync(std::unique_lock<std::mutex>& held) {
    RCML_OK(flush_buffers());
    // The background thread may be in the middle of a sync that began before the last bytes: mark again.
    for (PartitionState& partition : partitions) {
      if (partition.active != nullptr) partition.active->is_dirty = true;
    }
    sync_active(held);
    queue_moved.wait(held, [&] { return to_seal.empty() || failure; });
    return check_alive();
  }

  Status close() {
    std::unique_lock held(mutex);
    if (is_closed) return failure ? Status(*failure) : Status();
    for (PartitionState& partition : partitions) {
      if (!failure && partition.active != nullptr) (void)end_segment(partition);
    }
    is_stopping = true;
    is_closed = true;
    background_wakes.notify_one();
    held.unlock();
    background.join();
    lock.file = File();
    return failure ? Status(*failure) : Status();
  }
};

Result<std::unique_ptr<SpoolWriter>> SpoolWriter::open(const SpoolWriterOptions& options) {
  RCML_OK(check_options(options));
  RCML_OK(make_dir(options.dir));
  auto state = std::make_unique<State>();
  state->options = options;
  RCML_TRY(state->lock, lock_for_writing(options.dir));
  const bool exists = access((options.dir + "/spool.json").c_str(), F_OK) == 0;
  RCML_TRY(state->header, exists ? read_header(options.dir) : make_spool(options));
  for (int32_t i = 0; i < state->header.partitions; ++i) {
    PartitionState partition;
    partition.dir = partition_dir(options.dir, Partition(i));
    RCML_TRY(partition.next_start, recover_partition(partition.dir, state->lock.is_same_boot));
    state->partitions.push_back(std::move(partition));
  }
  RCML_OK(note_boot(state->lock));
  state->background = std::thread([raw = state.get()] { raw->run(); });
  return std::unique_ptr<SpoolWriter>(new SpoolWriter(std::move(state)));
}

SpoolWriter::SpoolWriter(std::unique_ptr<State> state) : state_(std::move(state)) {}

SpoolWriter::~SpoolWriter() {
  if (state_->is_closed) return;
  if (const Status status = close(); !status.ok()) log_error("spool not closed", {{"error", status.error().text()}});
}

const SpoolHeader& SpoolWriter::header() const { return state_->header; }

Status SpoolWriter::write(std::string_view key, std::string_view event) {
  if (event.empty()) return bad_config("an empty event cannot be written to a spool", "Leave blank lines out");
  if (std::memchr(event.data(), '\n', event.size()) != nullptr)
    return bad_config("an event holds a newline", "Write it on one line");
  if (static_cast<int64_t>(event.size()) > state_->options.event_bytes_max) {
    return bad_config("an event has " + std::to_string(event.size()) + " bytes, the limit is " +
                          std::to_string(state_->options.event_bytes_max),
                      "Make it smaller or raise the limit");
  }
  std::unique_lock held(state_->mutex);
  RCML_OK(state_->check_alive());
  return state_->add(held, state_->partitions[static_cast<size_t>(partition_of(key, state_->header.partitions))],
                     event);
}

Status SpoolWriter::write_many(std::string_view lines, std::span<const KeyedEvent> events) {
  if (!state_->takes_as_block(lines, events)) {
    for (const auto& [key, event] : events) RCML_OK(write(key, event));
    return {};
  }
  std::unique_lock held(state_->mutex);
  RCML_OK(state_->check_alive());
  return state_->add_lines(held, lines, static_cast<int64_t>(events.size()));
}

Status SpoolWriter::flush() {
  const std::lock_guard held(state_->mutex);
  return state_->flush_buffers();
}

Status SpoolWriter::sync() {
  std::unique_lock held(state_->mutex);
  return state_->sync(held);
}

Status SpoolWriter::close() { return state_->close(); }

}  // namespace rcml::broker::spool
