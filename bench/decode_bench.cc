// bench/decode_bench.cc: what one event costs in the decoder. The aim: at most 0.6 µs for an event of 273 bytes.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "contract/decoder.h"
#include "core/result.h"

namespace rcml::contract {
namespace {

constexpr UtcMicros kNow{1'756'029'605'000'000};
constexpr size_t kEventCount = 4096;

// One buffer of events, as a segment of the spool is: event, newline, event, ...
struct Batch {
  std::string bytes;
  std::vector<SourceEvent> events;
};

Batch make_batch(const std::string& tail, bool is_padded) {
  Batch batch;
  std::vector<size_t> starts;
  for (size_t i = 0; i < kEventCount; ++i) {
    starts.push_back(batch.bytes.size());
    const std::string number = std::to_string(100'000'000 + i * 7919);
    batch.bytes +=
        R"({"event_id":"0198d-)" + number + R"(-7f3a-9c1e","customer_id":"c)" + number + R"(","session_id":"s-)" +
        number + R"(","event_type":"product_view","page":"/p/)" + number +
        R"(","utm_campaign":null,"device":"mobile","geo_city":"Paris","event_ts":"2025-08-24T10:00:00.123456Z","source":"web")" +
        tail + "}\n";
  }
  starts.push_back(batch.bytes.size());
  batch.bytes.append(kEventPaddingBytes, ' ');
  for (size_t i = 0; i < kEventCount; ++i) {
    SourceEvent event;
    event.bytes = std::string_view(batch.bytes).substr(starts[i], starts[i + 1] - starts[i] - 1);
    event.arrived_at = kNow;
    event.is_padded = is_padded;
    batch.events.push_back(event);
  }
  return batch;
}

void run(benchmark::State& state, const std::string& tail, bool is_padded) {
  const Batch batch = make_batch(tail, is_padded);
  Decoder decoder({});
  ClickRow row;
  Reject reject;
  for (auto _ : state) {
    for (const SourceEvent& event : batch.events) {
      RCML_CHECK(decoder.decode(event, Partition(0), kNow, row, reject) == Outcome::row);
      benchmark::DoNotOptimize(row);
    }
  }
  const auto events = static_cast<int64_t>(state.iterations()) * static_cast<int64_t>(kEventCount);
  state.SetItemsProcessed(events);
  state.SetBytesProcessed(state.iterations() * static_cast<int64_t>(batch.bytes.size()));
  state.counters["event_bytes"] = static_cast<double>(batch.events[0].bytes.size());
}

void SeedColumns(benchmark::State& state) { run(state, "", true); }
void SeedColumnsCopied(benchmark::State& state) { run(state, "", false); }
void PurchaseWithRevenue(benchmark::State& state) { run(state, R"(,"order_id":"o-1234567","revenue":129.95)", true); }
void UnknownFields(benchmark::State& state) {
  run(state, R"(,"referrer":"https://example.com/a","viewport":{"w":390,"h":844})", true);
}
void Escapes(benchmark::State& state) { run(state, R"(,"product_id":"a\u00e9\/b")", true); }

BENCHMARK(SeedColumns);
BENCHMARK(SeedColumnsCopied);
BENCHMARK(PurchaseWithRevenue);
BENCHMARK(UnknownFields);
BENCHMARK(Escapes);

}  // namespace
}  // namespace rcml::contract
