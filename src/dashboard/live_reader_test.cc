#include "dashboard/live_reader.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "core/clock.h"

namespace rcml::dashboard {
namespace {

namespace fs = std::filesystem;

constexpr UtcMicros kNow{1756029600000000};  // 2025-08-24T10:00:00Z

// A lake of Parquet files that the tests write with DuckDB.
class FolderFeed : public LakeFeed {
 public:
  FolderFeed() : folder_(fs::temp_directory_path() / ("rcml-live-test-" + std::to_string(monotonic_now().value))) {
    fs::create_directories(folder_);
  }
  ~FolderFeed() override { fs::remove_all(folder_); }

  Result<LakeState> poll(int64_t) override {
    ++polls;
    return state_;
  }

  // `seconds_ago` is the event's age at kNow.
  void commit_events(const std::string& name, const std::string& values) {
    add(state_.clicks, name,
        "select event_id, 'c1' as customer_id, null::varchar as anonymous_id, null::varchar as session_id, type as event_type, page, null::varchar as utm_campaign, "
        "null::varchar as device, null::varchar as geo_city, to_timestamp(1e-6 * (" +
            std::to_string(kNow.value) +
            " - seconds_ago * 1000000)) as event_ts, "
            "make_timestamp(" +
            std::to_string(kNow.value) + ") as ingested_at, 9.50::decimal(12,2) as revenue from (values " + values +
            ") v(event_id, type, page, seconds_ago)");
  }
  void commit_rejects(const std::string& name, const std::string& raw) {
    add(state_.rejects, name,
        "select 'bad_json' as reason, 'byte 3' as detail, " + raw +
            " as raw, 4::bigint as raw_bytes, 0 as source_partition, 7::bigint as source_offset, "
            "make_timestamp(" +
            std::to_string(kNow.value) + ") as ingested_at");
  }
  int polls = 0;

 private:
  void add(LakeTableState& table, const std::string& name, const std::string& select) {
    const std::string path = (folder_ / (name + ".parquet")).string();
    const auto database = *DuckdbDatabase::open(":memory:", {});
    const auto written = database->run({"copy (" + select + ") to '" + path + "' (format parquet)", {}});
    ASSERT_TRUE(written.ok()) << written.error().text();
    table.newest_files.insert(table.newest_files.begin(), {path, 1, 1, kNow.value / 1000});
    table.version += 1;
    table.committed_at_ms = kNow.value / 1000;
  }
  fs::path folder_;
  LakeState state_;
};

class LiveReaderTest : public testing::Test {
 protected:
  std::string live(int64_t later_ms) {
    auto json = reader_->live_json(UtcMicros(kNow.value + later_ms * 1000));
    EXPECT_TRUE(json.ok()) << (json.ok() ? "" : json.error().text());
    return json.ok() ? *json : "";
  }
  FolderFeed feed_;
  std::unique_ptr<LiveReader> reader_ = *LiveReader::create(feed_);
};

TEST_F(LiveReaderTest, AnEmptyLakeIsQuiet) { EXPECT_NE(live(0).find("\"events_30m\":0"), std::string::npos); }

TEST_F(LiveReaderTest, NewFilesCountOnceAndAnEventIdCountsOnce) {
  feed_.commit_events("a", "('e1', 'page_view', '/', 10), ('e2', 'purchase', '/<b>', 20)");
  EXPECT_NE(live(0).find("\"events_30m\":2"), std::string::npos);
  feed_.commit_events("b", "('e2', 'purchase', '/<b>', 20), ('e3', 'page_view', '/', 5), ('e3', 'page_view', '/', 5)");
  const std::string json = live(1000);
  EXPECT_NE(json.find("\"events_30m\":3"), std::string::npos) << json;
  EXPECT_NE(json.find("\"revenue_30m\":9.5"), std::string::npos) << json;
  EXPECT_EQ(json.find("<b>"), std::string::npos);
}

TEST_F(LiveReaderTest, WhatIsOlderThanHalfAnHourIsForgotten) {
  feed_.commit_events("a",
                      "('e1', 'page_view', '/', 1700), ('e2', 'page_view', '/', 1900), ('e3', 'page_view', '/', 10)");
  EXPECT_NE(live(0).find("\"events_30m\":2"), std::string::npos);
  EXPECT_NE(live(200'000).find("\"events_30m\":1"), std::string::npos);
}

TEST_F(LiveReaderTest, ManyLookersPollTheLogOnce) {
  for (int looker = 0; looker < 20; ++looker) live(looker);
  EXPECT_EQ(feed_.polls, 1);
}

TEST_F(LiveReaderTest, RejectsAreShownAsTheyCameAlsoWhenTheyAreNoText) {
  feed_.commit_rejects("r1", "'{\"<script>\"'::blob");
  feed_.commit_rejects("r2", "'{\\x22a\\x5Cb\\xFF\\xFE'::blob");
  const auto json = reader_->lake_json(kNow);
  ASSERT_TRUE(json.ok()) << json.error().text();
  EXPECT_NE(json->find("\\u003cscript\\u003e"), std::string::npos) << *json;
  EXPECT_NE(json->find(R"({\"a\\b\\xFF\\xFE")"), std::string::npos) << *json;
  EXPECT_NE(json->find("\"rejects\":2"), std::string::npos) << *json;
}

}  // namespace
}  // namespace rcml::dashboard
