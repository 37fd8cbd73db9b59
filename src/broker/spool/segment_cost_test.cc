// What a reader pays for a long spool: listings of the folder do not grow with the number of segments.
#include <gtest/gtest.h>

#include <filesystem>

#include "broker/spool/partition_reader.h"
#include "broker/spool/writer.h"

namespace rcml::broker::spool {
namespace {

namespace fs = std::filesystem;

void fill(const std::string& dir, int segments) {
  SpoolWriterOptions options;
  options.dir = dir;
  options.segment_bytes_max = 10;  // One event each.
  auto writer = SpoolWriter::open(options);
  ASSERT_TRUE(writer.ok());
  for (int i = 0; i < segments; ++i) ASSERT_TRUE((*writer)->write("k", "{\"i\":1234}").ok());
  ASSERT_TRUE((*writer)->close().ok());
}

struct DrainCost {
  int64_t events = 0;
  int64_t listings = 0;
};

// Reads all, and asks for the range after each batch as the lag's report does.
DrainCost drain(const std::string& dir) {
  const auto header = read_header(dir);
  auto pool = std::make_shared<BufferPool>((1 << 20) + contract::kEventPaddingBytes, 4);
  PartitionReader reader(dir, Partition(0), *header, {1 << 20, 16 << 20}, pool);
  DrainCost cost;
  for (auto batch = reader.read(); batch.ok() && batch->has_value(); batch = reader.read()) {
    cost.events += static_cast<int64_t>((*batch)->events.size());
    EXPECT_TRUE(reader.range().ok());
  }
  cost.listings = reader.listing_count();
  return cost;
}

TEST(SegmentCost, ADrainListsTheFolderAFewTimesHoweverManySegments) {
  std::string pattern = fs::temp_directory_path() / "rcml_cost_XXXXXX";
  const std::string dir = mkdtemp(pattern.data());
  fill(dir + "/s", 60);
  // A folder at rest: as it is once the writer has been quiet for a while.
  fs::last_write_time(dir + "/s/0", fs::file_time_type::clock::now() - std::chrono::minutes(1));
  const DrainCost cost = drain(dir + "/s");
  EXPECT_EQ(cost.events, 60);
  EXPECT_LE(cost.listings, 2);
  fs::remove_all(dir);
}

}  // namespace
}  // namespace rcml::broker::spool
