// bench/spool_bench.cc: how fast events go into the spool's files and come out again. The aim: 1 GB/s each way through
// the page cache, so that neither the generator nor the sink waits for the log.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "broker/spool/source.h"
#include "broker/spool/writer.h"

namespace rcml::broker::spool {
namespace {

constexpr size_t kEventBytes = 273;
constexpr size_t kEventsPerBlock = 4000;
constexpr int64_t kTotalBytes = int64_t{512} << 20;

class TempDir {
 public:
  TempDir() {
    std::string pattern = std::filesystem::temp_directory_path() / "rcml_bench_XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() { std::filesystem::remove_all(path_); }
  std::string spool() const { return path_ + "/spool"; }

 private:
  std::string path_;
};

struct Block {
  std::string lines;
  std::vector<KeyedEvent> events;
};

Block make_block() {
  Block block;
  block.lines.reserve(kEventsPerBlock * kEventBytes);
  for (size_t i = 0; i < kEventsPerBlock; ++i) {
    std::string event = "{\"event_id\":\"" + std::to_string(i) + "\",\"page\":\"";
    event += std::string(kEventBytes - event.size() - 3, 'p') + "\"}";
    block.lines += event + "\n";
    block.events.push_back(
        {std::string_view(), std::string_view(block.lines).substr(i * kEventBytes, kEventBytes - 1)});
    block.events.back().key = block.events.back().event.substr(0, 20);
  }
  return block;
}

void fill(const std::string& dir, int32_t partitions, const Block& block, bool is_by_block) {
  SpoolWriterOptions options;
  options.dir = dir;
  options.partitions = partitions;
  auto writer = SpoolWriter::open(options);
  RCML_CHECK(writer.ok());
  for (int64_t done = 0; done < kTotalBytes; done += static_cast<int64_t>(block.lines.size())) {
    if (is_by_block) {
      RCML_CHECK((*writer)->write_many(block.lines, block.events).ok());
    } else {
      for (const auto& [key, event] : block.events) RCML_CHECK((*writer)->write(key, event).ok());
    }
  }
  RCML_CHECK((*writer)->close().ok());
}

// Until everything is durable: mostly the disk's own speed. The processor time is ours.
void write_bench(benchmark::State& state, bool is_by_block) {
  const Block block = make_block();
  for (auto _ : state) {
    const TempDir temp;
    fill(temp.spool(), static_cast<int32_t>(state.range(0)), block, is_by_block);
  }
  state.SetBytesProcessed(state.iterations() * kTotalBytes);
}
BENCHMARK_CAPTURE(write_bench, blocks, true)
    ->Arg(1)
    ->Arg(4)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2)
    ->MeasureProcessCPUTime()
    ->UseRealTime();
BENCHMARK_CAPTURE(write_bench, single_events, false)
    ->Arg(1)
    ->Arg(4)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(2)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

void read_bench(benchmark::State& state) {
  const TempDir temp;
  fill(temp.spool(), static_cast<int32_t>(state.range(0)), make_block(), true);
  int64_t events = 0;
  int64_t bytes = 0;
  for (auto _ : state) {
    auto source = SpoolSource::open({temp.spool()});
    RCML_CHECK(source.ok());
    for (auto polled = (*source)->poll(Millis(0)); polled->kind != PollKind::idle;
         polled = (*source)->poll(Millis(0))) {
      events += static_cast<int64_t>(polled->batch.events.size());
      bytes += polled->batch.bytes;
    }
  }
  state.SetBytesProcessed(bytes);
  state.SetItemsProcessed(events);
}
BENCHMARK(read_bench)
    ->Arg(1)
    ->Arg(4)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(4)
    ->MeasureProcessCPUTime()
    ->UseRealTime();

}  // namespace
}  // namespace rcml::broker::spool
