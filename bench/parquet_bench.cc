// bench/parquet_bench.cc: what one row costs on its way into a Parquet file. The aim: at most 0.8 µs for the 18 columns
// of a 273-byte event on one core, zstd level 1, file on the local disk and durable.
#include <benchmark/benchmark.h>

#include <array>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "core/clock.h"
#include "lake/parquet/file_writer.h"

namespace rcml::lake {
namespace {

constexpr int64_t kEventTs = 1'756'029'605'000'000;
constexpr size_t kRowCount = 500'000;

// A day of a shop: some thousand sessions at once, each of about a dozen events, known pages, products and cities. The
// texts lie end to end in one buffer, in the order they are read, as they do in a batch that was just decoded.
class Rows {
 public:
  Rows() {
    std::mt19937_64 random(7);
    for (int i = 0; i < 4000; ++i) sessions_.push_back(new_session(random));
    buffer_.reserve(kRowCount * 256);
    rows_.reserve(kRowCount);
    for (size_t i = 0; i < kRowCount; ++i) rows_.push_back(row_of(new_event(random), i));
  }

  const contract::ClickRow& row(size_t index) const { return rows_[index]; }

 private:
  struct Session {
    std::string id;
    std::string customer_id;
    std::string anonymous_id;
    std::string city;
    int events_left = 0;
  };
  struct Event {
    std::string event_id, customer_id, session_id, anonymous_id, event_type, page, city, product_id;
  };

  std::string_view kept(const std::string& text) {
    if (text.empty()) return {};
    RCML_CHECK(buffer_.size() + text.size() <= buffer_.capacity());
    const size_t at = buffer_.size();
    buffer_ += text;
    return std::string_view(buffer_).substr(at);
  }

  contract::ClickRow row_of(const Event& event, size_t index) {
    contract::ClickRow row;
    row.text[contract::event_id] = kept(event.event_id);
    row.text[contract::customer_id] = kept(event.customer_id);
    row.text[contract::session_id] = kept(event.session_id);
    row.text[contract::event_type] = kept(event.event_type);
    row.text[contract::page] = kept(event.page);
    row.text[contract::device] = "mobile";
    row.text[contract::geo_city] = kept(event.city);
    row.text[contract::source] = "web";
    row.text[contract::anonymous_id] = kept(event.anonymous_id);
    row.text[contract::product_id] = kept(event.product_id);
    const auto number = static_cast<int64_t>(index);
    row.event_ts = UtcMicros(kEventTs + number * 431);
    row.source_partition = Partition(static_cast<int32_t>(number % 4));
    row.source_offset = Offset(number * 274);
    row.ingested_at = UtcMicros(kEventTs + number / 512 * 1000);
    return row;
  }

  static std::string hex(std::mt19937_64& random, int digits) {
    std::string text;
    for (int i = 0; i < digits; ++i) text += "0123456789abcdef"[random() % 16];
    return text;
  }

  static Session new_session(std::mt19937_64& random) {
    static const std::array<const char*, 8> kCities{"Paris",  "Berlin", "Madrid", "Rome",
                                                    "Lisbon", "Warsaw", "Vienna", "Oslo"};
    return {hex(random, 16), random() % 3 == 0 ? "c" + std::to_string(random() % 500'000) : "", hex(random, 16),
            kCities[random() % 8], static_cast<int>(3 + random() % 20)};
  }

  Event new_event(std::mt19937_64& random) {
    static const std::array<const char*, 6> kTypes{"page_view",   "product_view", "search",
                                                   "add_to_cart", "checkout",     "purchase"};
    Session& session = sessions_[random() % sessions_.size()];
    if (--session.events_left < 0) session = new_session(random);
    const size_t type = random() % 10 < 8 ? random() % 2 : 2 + random() % 4;
    const std::string product = "p-" + std::to_string(random() % 5000);
    const std::string page = type == 1 ? "/product/" + product : "/category/" + std::to_string(random() % 40);
    const std::string event_id =
        hex(random, 8) + "-" + hex(random, 4) + "-" + hex(random, 4) + "-" + hex(random, 4) + "-" + hex(random, 12);
    return {event_id,     session.customer_id,     session.id, session.anonymous_id, kTypes[type], page,
            session.city, type == 1 ? product : ""};
  }

  std::vector<Session> sessions_;
  std::string buffer_;
  std::vector<contract::ClickRow> rows_;
};

void write_file(benchmark::State& state, Codec codec) {
  static const Rows rows;
  const auto folder = std::filesystem::temp_directory_path() / "rcml-parquet-bench";
  std::filesystem::remove_all(folder);
  auto opened = Location::open(folder.string());
  RCML_CHECK(opened.ok());
  FileOptions options;
  options.codec = codec;
  int64_t bytes = 0;
  int64_t buffered_max = 0;
  int64_t number = 0;
  for (auto _ : state) {
    auto writer =
        ClickFileWriter::create(**opened, "dt=2025-08-24/" + std::to_string(number++) + ".parquet", Dt(20324), options);
    RCML_CHECK(writer.ok());
    for (size_t i = 0; i < kRowCount; ++i) RCML_CHECK((*writer)->append(rows.row(i)).ok());
    buffered_max = std::max(buffered_max, (*writer)->bytes_buffered());
    const auto file = (*writer)->finish();
    RCML_CHECK(file.ok());
    bytes = file->bytes;
  }
  const auto row_count = static_cast<double>(state.iterations()) * static_cast<double>(kRowCount);
  state.counters["us_per_row"] =
      benchmark::Counter(row_count / 1e6, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
  state.counters["file_bytes_per_row"] = static_cast<double>(bytes) / static_cast<double>(kRowCount);
  state.counters["buffered_mb"] = static_cast<double>(buffered_max) / 1e6;
  std::filesystem::remove_all(folder);
}

BENCHMARK_CAPTURE(write_file, zstd1, Codec::zstd)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK_CAPTURE(write_file, snappy, Codec::snappy)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace rcml::lake
