#include "sink/metrics_text.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

TEST(MetricsText, EachFamilyHasHelpAndTypeAndItsFigures) {
  Metrics metrics;
  metrics.rows_committed = 12;
  metrics.rejects_by_reason[static_cast<size_t>(contract::RejectReason::ts_range)] = 3;
  metrics.cuts_by_column[contract::page] = 4;
  metrics.absent_by_cause[static_cast<size_t>(broker::AbsenceCause::none)] = 5;
  metrics.bytes_read = 97'871'699;
  metrics.last_commit_micros = 286'001;
  metrics.conflict_micros_total = 1'500'000;
  metrics.newest_event_ts = 1'000'000;
  const std::string text = metrics_text(metrics, UtcMicros(3'500'000), UtcMicros(0), 7);
  EXPECT_NE(text.find("# TYPE rcml_sink_rows_total counter\nrcml_sink_rows_total 12\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_rejects_total{reason=\"ts_range\"} 3\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_cut_texts_total{column=\"page\"} 4\n"), std::string::npos);
  EXPECT_EQ(text.find("column=\"event_id\""), std::string::npos) << "ids are never cut";
  EXPECT_NE(text.find("rcml_sink_absent_offsets_total{cause=\"none\"} 5\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_conflict_seconds_total 1.5\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_bytes_read_total 97871699\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_last_commit_seconds 0.286001\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_store_retries_total 7\n"), std::string::npos);
  EXPECT_NE(text.find("rcml_sink_freshness_seconds 2.5\n"), std::string::npos);
  EXPECT_NE(text.find("\nrcml_sink_commit_seconds_count 0\n"), std::string::npos);
}

TEST(MetricsText, FreshnessIsLeftOutBeforeTheFirstCommit) {
  EXPECT_EQ(metrics_text(Metrics(), UtcMicros(0), UtcMicros(0), 0).find("freshness"), std::string::npos);
}

TEST(Health, TurnsRedWhenProgressStopsAndGreenAgain) {
  Metrics metrics;
  metrics.last_progress_at = 1'000'000;
  EXPECT_TRUE(health_of(metrics, UtcMicros(2'000'000), Millis(1000)).is_well);
  EXPECT_FALSE(health_of(metrics, UtcMicros(2'002'000), Millis(1000)).is_well);
  metrics.last_progress_at = 2'002'000;
  EXPECT_TRUE(health_of(metrics, UtcMicros(2'002'000), Millis(1000)).is_well);
}

TEST(Health, IsRedWhileTheStoreDoesNotAnswer) {
  Metrics metrics;
  metrics.last_progress_at = 1'000'000;
  metrics.outage_since = 1'000'000;
  EXPECT_TRUE(health_of(metrics, UtcMicros(5'000'000), Millis(60'000)).is_well) << "one lost reply is no outage";
  const Health red = health_of(metrics, UtcMicros(7'000'000), Millis(60'000));
  EXPECT_FALSE(red.is_well);
  EXPECT_NE(red.text.find("the store has not answered for 6000 ms"), std::string::npos) << red.text;
  EXPECT_NE(metrics_text(metrics, UtcMicros(0), UtcMicros(7'000'000), 0).find("rcml_sink_store_outage_seconds 6\n"),
            std::string::npos);
  metrics.outage_since = 0;
  EXPECT_TRUE(health_of(metrics, UtcMicros(7'000'000), Millis(60'000)).is_well);
}

}  // namespace
}  // namespace rcml::sink
