#include "sink/known_rejects.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

constexpr int64_t kMiB = 1 << 20;

contract::SourceEvent event_at(int64_t offset, std::string_view bytes, int64_t full_bytes = 0) {
  contract::SourceEvent event;
  event.offset = Offset(offset);
  event.bytes = bytes;
  event.full_bytes = full_bytes;
  return event;
}

TEST(KnownRejects, AnEventIsKnownByPlaceAndBytes) {
  KnownRejects known;
  known.add(Partition(0), Offset(7), "broken", 6);
  EXPECT_TRUE(known.contains(Partition(0), event_at(7, "broken")));
  EXPECT_FALSE(known.contains(Partition(0), event_at(8, "broken")));
  EXPECT_FALSE(known.contains(Partition(1), event_at(7, "broken")));
  EXPECT_FALSE(known.contains(Partition(0), event_at(7, "intact")));
  EXPECT_FALSE(known.contains(Partition(0), event_at(7, "broken!")));
}

TEST(KnownRejects, OneOfWhichASampleIsKeptIsKnownByTheSample) {
  KnownRejects known;
  known.add(Partition(0), Offset(7), "sam", 6);
  EXPECT_TRUE(known.contains(Partition(0), event_at(7, "sample")));
  EXPECT_FALSE(known.contains(Partition(0), event_at(7, "simple")));
}

TEST(KnownRejects, ALineThatIsOnlyReadInPartIsKnownByItsWholeLength) {
  const std::string head(4096, 'x');
  const std::string read = head + std::string(60'000, 'y');
  KnownRejects known;
  known.add(Partition(0), Offset(7), head, 17 * kMiB);
  EXPECT_TRUE(known.contains(Partition(0), event_at(7, read, 17 * kMiB)));
  EXPECT_FALSE(known.contains(Partition(0), event_at(7, read, 18 * kMiB)));
}

lake::DataFile file_with(std::string stats) {
  lake::DataFile file;
  file.path = "dt=2026-03-01/clicks-p0-0-0.parquet";
  file.stats_json = std::move(stats);
  return file;
}

std::string stats_of(int first_partition, int last_partition, int first, int last) {
  const auto values = [](int partition, int offset) {
    return "{\"source_partition\":" + std::to_string(partition) + ",\"source_offset\":" + std::to_string(offset) + "}";
  };
  return "{\"numRecords\":3,\"minValues\":" + values(first_partition, first) +
         ",\"maxValues\":" + values(last_partition, last) + "}";
}

TEST(KnownRejects, OnlyFilesThatCanHoldPositionsBeyondTheMarkAreOpened) {
  const PositionWindows windows{{Partition(2), {Offset(100), Offset(200)}}};
  struct {
    std::string stats;
    bool may_hold;
  } cases[] = {
      {stats_of(0, 2, 0, 99), false},   {stats_of(0, 2, 0, 100), true},
      {stats_of(2, 2, 199, 500), true}, {stats_of(2, 2, 200, 500), false},
      {stats_of(0, 1, 0, 500), false},  {stats_of(3, 9, 0, 500), false},
      {stats_of(0, 9, 150, 160), true}, {"", true},
      {"{\"numRecords\":3}", true},     {"not JSON", true},
  };
  for (const auto& given : cases) EXPECT_EQ(may_hold(file_with(given.stats), windows), given.may_hold) << given.stats;
}

}  // namespace
}  // namespace rcml::sink
