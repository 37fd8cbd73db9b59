// contract/schema_text_test.cc: what is printed is what the column table says.
#include "contract/schema_text.h"

#include <gtest/gtest.h>
#include <simdjson.h>

#include "contract/columns.h"
#include "core/clock.h"

namespace rcml::contract {
namespace {

TEST(ClicksTable, HasTheSeedsElevenColumnsFirst) {
  const std::vector<std::string> wanted{"event_id",     "customer_id",      "session_id",    "event_type", "page",
                                        "utm_campaign", "device",           "geo_city",      "event_ts",   "source",
                                        "dt",           "anonymous_id",     "product_id",    "order_id",   "revenue",
                                        "extra",        "source_partition", "source_offset", "ingested_at"};
  for (const Target target : {Target::duckdb, Target::postgres, Target::redshift}) {
    std::vector<std::string> names;
    for (const TableColumn& column : clicks_table(target)) names.push_back(column.name);
    EXPECT_EQ(names, wanted);
  }
}

TEST(ClicksTable, HasTheSeedsTypes) {
  const auto table = clicks_table(Target::redshift);
  const std::vector<std::string> wanted{"varchar(64)",  "varchar(64)", "varchar(64)", "varchar(32)",
                                        "varchar(256)", "varchar(64)", "varchar(16)", "varchar(64)",
                                        "timestamp",    "varchar(32)", "date"};
  for (size_t i = 0; i < wanted.size(); ++i) EXPECT_EQ(table[i].type, wanted[i]) << table[i].name;
}

TEST(Ddl, SaysWhatEachTargetNeeds) {
  const std::string redshift = ddl(Target::redshift);
  for (const char* part : {"distkey (event_id)", "sortkey (event_ts)", "event_ts         timestamp not null encode raw",
                           "encode az64", "encode zstd"}) {
    EXPECT_NE(redshift.find(part), std::string::npos) << part << "\n" << redshift;
  }
  EXPECT_NE(ddl(Target::postgres).find("partition by range (dt)"), std::string::npos);
  EXPECT_NE(ddl(Target::postgres).find("primary key (file_path)"), std::string::npos);
  EXPECT_EQ(ddl(Target::duckdb).find("encode"), std::string::npos);
  for (const Target target : {Target::duckdb, Target::postgres, Target::redshift}) {
    EXPECT_EQ(parse_target(to_text(target)), target);
    EXPECT_EQ(ddl_statements(target).size(), 4u);
  }
  EXPECT_FALSE(parse_target("oracle"));
}

TEST(PostgresPartition, CoversTheMonth) {
  const auto statements = postgres_partition_statements(*parse_dt("2025-12-31"));
  ASSERT_EQ(statements.size(), 2u);
  EXPECT_EQ(
      statements[0],
      "create table if not exists raw.raw_clicks_202512 partition of raw.raw_clicks for values from ('2025-12-01') to ('2026-01-01')");
}

TEST(JsonSchema, IsJsonAndNamesWhatAnEventMaySend) {
  simdjson::dom::parser parser;
  simdjson::dom::element schema;
  const std::string text = json_schema();
  ASSERT_EQ(parser.parse(text).get(schema), simdjson::SUCCESS) << text;
  simdjson::dom::object properties;
  ASSERT_EQ(schema["properties"].get(properties), simdjson::SUCCESS);
  EXPECT_EQ(properties.size(), 14u);
  simdjson::dom::array required;
  ASSERT_EQ(schema["required"].get(required), simdjson::SUCCESS);
  EXPECT_EQ(required.size(), 3u);
  EXPECT_EQ(text.find("source_offset"), std::string::npos);
}

TEST(DbtSource, NamesEveryColumn) {
  const std::string yaml = dbt_source();
  for (const TableColumn& column : clicks_table(Target::duckdb))
    EXPECT_NE(yaml.find("- name: " + column.name + "\n"), std::string::npos) << column.name;
}

}  // namespace
}  // namespace rcml::contract
