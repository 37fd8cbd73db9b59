#include "broker/spool/source.h"

#include <algorithm>

#include "broker/spool/identity.h"
#include "broker/spool/partition_reader.h"
#include "core/clock.h"
#include "core/stop.h"

namespace rcml::broker::spool {
namespace {

constexpr int64_t kIdleStepMs = 20;
constexpr size_t kIdleBuffersMax = 16;

}  // namespace

struct SpoolSource::State {
  std::string dir;
  std::string name;
  SpoolHeader header;
  std::vector<PartitionReader> readers;  // Index = partition.
  size_t turn = 0;
  bool has_assigned = false;

  Result<PartitionReader*> reader(Partition partition) {
    if (partition.value < 0 || static_cast<size_t>(partition.value) >= readers.size()) {
      return needs_person(
          "the spool " + header.name + " has no partition " + std::to_string(partition.value),
          "The spool was replaced by one with fewer partitions: restore it, or start a new lake or group");
    }
    return &readers[static_cast<size_t>(partition.value)];
  }

  // Fair: whoever was read last comes last.
  Result<std::optional<EventBatch>> read_any() {
    for (size_t i = 0; i < readers.size(); ++i) {
      PartitionReader& candidate = readers[turn];
      turn = (turn + 1) % readers.size();
      if (candidate.is_paused) continue;
      RCML_TRY(auto batch, candidate.read());
      if (batch) return batch;
    }
    return std::optional<EventBatch>();
  }
};

Result<std::unique_ptr<SpoolSource>> SpoolSource::open(const SpoolSourceOptions& options) {
  auto state = std::make_unique<State>();
  RCML_TRY(state->header, read_header(options.dir));
  state->dir = options.dir;
  state->name = options.name.empty() ? state->header.name : options.name;
  auto pool = std::make_shared<BufferPool>(static_cast<size_t>(options.batch_bytes) + contract::kEventPaddingBytes,
                                           kIdleBuffersMax);
  for (int32_t i = 0; i < state->header.partitions; ++i) {
    RCML_OK(list_segments(partition_dir(options.dir, Partition(i))));
    state->readers.emplace_back(options.dir, Partition(i), state->header,
                                PartitionReader::Limits{options.batch_bytes, options.line_bytes_max}, pool);
  }
  return std::unique_ptr<SpoolSource>(new SpoolSource(std::move(state)));
}

SpoolSource::SpoolSource(std::unique_ptr<State> state) : state_(std::move(state)) {}
SpoolSource::~SpoolSource() = default;

const std::string& SpoolSource::name() const { return state_->name; }

Result<std::string> SpoolSource::id() { return spool_id(state_->dir, state_->header); }

Result<std::vector<Partition>> SpoolSource::partitions() {
  std::vector<Partition> out;
  for (int32_t i = 0; i < state_->header.partitions; ++i) out.emplace_back(i);
  return out;
}

Result<OffsetRange> SpoolSource::range(Partition partition) {
  RCML_TRY(PartitionReader * reader, state_->reader(partition));
  return reader->range();
}

Status SpoolSource::seek(Partition partition, Offset next) {
  RCML_TRY(PartitionReader * reader, state_->reader(partition));
  reader->seek(next);
  return {};
}

Result<Polled> SpoolSource::poll(Millis wait_max) {
  Polled out;
  if (!state_->has_assigned) {
    state_->has_assigned = true;
    out.kind = PollKind::assigned;
    RCML_TRY(out.partitions, partitions());
    return out;
  }
  const int64_t deadline = monotonic_now().value + wait_max.value * 1000;
  while (true) {
    RCML_TRY(auto batch, state_->read_any());
    if (batch) {
      out.kind = PollKind::events;
      out.batch = *std::move(batch);
      return out;
    }
    const int64_t left_ms = (deadline - monotonic_now().value) / 1000;
    if (left_ms <= 0 || sleep_or_stop(Millis(std::min(kIdleStepMs, left_ms)))) return out;
  }
}

Status SpoolSource::pause(const std::vector<Partition>& partitions) {
  for (const Partition partition : partitions) {
    RCML_TRY(PartitionReader * reader, state_->reader(partition));
    reader->is_paused = true;
  }
  return {};
}

Status SpoolSource::resume(const std::vector<Partition>& partitions) {
  for (const Partition partition : partitions) {
    RCML_TRY(PartitionReader * reader, state_->reader(partition));
    reader->is_paused = false;
  }
  return {};
}

void SpoolSource::note_committed(Partition, Offset) {}

}  // namespace rcml::broker::spool
