#include "sink/encoder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <future>
#include <numeric>

#include "lake/testing.h"
#include "sink/finish_files.h"

namespace rcml::sink {
namespace {

using namespace lake::testing;  // NOLINT: the helpers above

constexpr int32_t kFirstDay = 20'000;

// Events whose dates alternate, as one batch.
broker::EventBatch batch_of(int event_count, int date_count, int text_bytes = 1) {
  auto lines = std::make_shared<std::vector<std::string>>();
  for (int i = 0; i < event_count; ++i) {
    lines->push_back("{\"event_id\":\"e" + std::to_string(i) + "\",\"event_type\":\"page_view\",\"event_ts\":\"" +
                     to_text(Dt(kFirstDay + i * 7919 % date_count)) + "T10:00:00Z\",\"page\":\"" +
                     std::string(static_cast<size_t>(text_bytes), 'p') + "\"}");
  }
  broker::EventBatch batch;
  for (const std::string& line : *lines) {
    contract::SourceEvent event;
    event.offset = Offset(batch.next.value);
    event.bytes = line;
    event.arrived_at = UtcMicros((kFirstDay + date_count) * kMicrosPerDay);
    batch.events.push_back(event);
    batch.bytes += static_cast<int64_t>(line.size());
    batch.next = Offset(batch.next.value + 1);
  }
  batch.owner = lines;
  return batch;
}

class EncoderTest : public ::testing::Test {
 protected:
  std::unique_ptr<Encoder> encoder(EncoderOptions options) {
    options.files.log_name = "clicks";
    const EncoderTables tables{clicks_.get(), rejects_.get()};
    return std::make_unique<Encoder>(options, tables, std::make_shared<const KnownRejects>(),
                                     std::make_shared<MemoryHeld>(0));
  }

  // Waits for the files of `generation`; false when the encoder failed.
  static bool hand_over(Encoder& encoder, const std::shared_ptr<Generation>& generation) {
    auto done = std::make_shared<std::promise<void>>();
    encoder.hand_over(generation, [done] { done->set_value(); });
    std::future<void> handed = done->get_future();
    while (!encoder.error()) {
      if (handed.wait_for(std::chrono::milliseconds(5)) == std::future_status::ready) return true;
    }
    return false;
  }

  size_t files_on_disk() const {
    size_t count = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir_.path()))
      count += entry.is_regular_file();
    return count;
  }

  const TempDir dir_;
  const std::shared_ptr<lake::Location> clicks_ = location_of(dir_ / "clicks");
  const std::shared_ptr<lake::Location> rejects_ = location_of(dir_ / "rejects");
};

TEST_F(EncoderTest, ABatchOfManyDatesNeverHasMoreFilesOpenThanAllowed) {
  EncoderOptions options;
  options.files.open_dts_max = 8;
  const auto given = encoder(options);
  const auto generation = std::make_shared<Generation>();
  given->encode(generation, batch_of(1500, 100));
  ASSERT_TRUE(hand_over(*given, generation)) << given->error()->text();
  ASSERT_EQ(generation->file_sets.size(), 1u);
  FileSet& set = generation->file_sets.front();
  EXPECT_LE(set.clicks.size(), 8u);
  EXPECT_EQ(set.clicks.size() + set.finished.clicks.size(), 100u) << "one file a date";
  expect_ok(finish_files({&set}, 2));
  EXPECT_TRUE(set.clicks.empty());
  const auto rows = [](int64_t sum, const lake::DataFile& file) { return sum + file.row_count; };
  EXPECT_EQ(std::accumulate(set.finished.clicks.begin(), set.finished.clicks.end(), int64_t{0}, rows), 1500);
  EXPECT_EQ(generation->counts.rows.load(), 1500);
  EXPECT_EQ(files_on_disk(), 100u);
}

TEST_F(EncoderTest, MemoryIsHeldInTheMiddleOfABatch) {
  EncoderOptions options;
  options.memory_bytes_max = 4 << 20;
  const auto given = encoder(options);
  const auto generation = std::make_shared<Generation>();
  given->encode(generation, batch_of(30'000, 60, 200));  // About 9 MB of events.
  ASSERT_TRUE(hand_over(*given, generation)) << given->error()->text();
  FileSet& set = generation->file_sets.front();
  EXPECT_GT(set.finished.clicks.size(), 60u) << "files were closed early, and begun again";
}

TEST_F(EncoderTest, AFileThatCannotBeMadeIsAnErrorAndNothingIsLeft) {
  std::filesystem::create_directories(dir_ / "clicks");
  write_text(dir_ / ("clicks/dt=" + to_text(Dt(kFirstDay + 3))), "in the way of a folder");
  auto given = encoder({});
  const auto generation = std::make_shared<Generation>();
  given->encode(generation, batch_of(50, 5));
  EXPECT_FALSE(hand_over(*given, generation));
  EXPECT_NE(given->error()->message.find("dt=" + to_text(Dt(kFirstDay + 3))), std::string::npos);
  EXPECT_TRUE(generation->file_sets.empty());
  given.reset();
  EXPECT_EQ(files_on_disk(), 1u) << "what was begun for the other dates is gone";
}

TEST_F(EncoderTest, WhatWasNotHandedOverLeavesNoFile) {
  EncoderOptions options;
  options.files.open_dts_max = 4;
  options.memory_bytes_max = 1;
  auto given = encoder(options);
  given->encode(std::make_shared<Generation>(), batch_of(10'000, 9, 150));
  while (given->queue_length() > 0) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  EXPECT_GT(files_on_disk(), 0u);
  given.reset();
  EXPECT_EQ(files_on_disk(), 0u);
}

TEST_F(EncoderTest, TheQueueIsBoundedByBytesToo) {
  EncoderOptions options;
  options.queue_bytes_max = 1000;
  const auto given = encoder(options);
  const auto generation = std::make_shared<Generation>();
  const broker::EventBatch batch = batch_of(20'000, 1);
  EXPECT_FALSE(given->is_full());
  for (int i = 0; i < 3; ++i) given->encode(generation, batch);
  EXPECT_TRUE(given->is_full());
}

}  // namespace
}  // namespace rcml::sink
