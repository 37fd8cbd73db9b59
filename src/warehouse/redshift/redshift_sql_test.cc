// R1, R2, R5 of the known failures, on the text that Redshift would be sent.
#include "warehouse/redshift/redshift_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

InspectedFile inspected(const std::string& name, int64_t bytes, int64_t rows,
                        const std::vector<std::string>& without = {}) {
  InspectedFile file;
  file.file = {
      "dt=2025-08-24/" + name, "s3://bucket/lake/bronze/clicks/dt=2025-08-24/" + name, "2025-08-24", bytes, rows,
      TableVersion(4)};
  for (const RawColumn& column : raw_table(RawTable::clicks).file_columns) {
    const bool is_left_out = std::find(without.begin(), without.end(), column.name) != without.end();
    if (!is_left_out) file.columns.push_back(column.name);
  }
  return file;
}

TEST(RedshiftManifest, GivesEachFileItsOwnExactLengthAndMakesItMandatory) {
  const auto json = manifest_json(
      RawTable::clicks, {inspected("a.parquet", 101, 1).file, inspected("b \"q\".parquet", 2'000'000'001, 1).file,
                         inspected("c.parquet", 7, 1).file});
  ASSERT_TRUE(json.ok());
  simdjson::dom::parser parser;
  simdjson::dom::element manifest = parser.parse(*json);
  std::vector<int64_t> lengths;
  for (simdjson::dom::element entry : manifest["entries"].get_array()) {
    EXPECT_TRUE(bool(entry["mandatory"]));
    lengths.push_back(entry["meta"]["content_length"].get_int64());
  }
  EXPECT_EQ(lengths, (std::vector<int64_t>{101, 2'000'000'001, 7}));
  EXPECT_EQ(std::string_view(manifest.at_pointer("/entries/1/url").get_string()),
            "s3://bucket/lake/bronze/clicks/dt=2025-08-24/b \"q\".parquet");
}

TEST(RedshiftManifest, RefusesAFileThatIsNotOnS3) {
  LakeFile local = inspected("a.parquet", 1, 1).file;
  local.absolute = "/var/lake/a.parquet";
  const auto json = manifest_json(RawTable::clicks, {local});
  ASSERT_FALSE(json.ok());
  EXPECT_EQ(json.error().kind, ErrorKind::bad_config);
}

TEST(RedshiftSql, TheStageHasExactlyTheFilesColumnsAndNoDt) {
  const auto groups = stage_groups({inspected("a.parquet", 1, 5)});
  ASSERT_EQ(groups.size(), 1u);
  const std::string sql = create_stage_sql(RawTable::clicks, groups[0]);
  EXPECT_THAT(sql, AllOf(HasSubstr("create temp table"), HasSubstr("page varchar(256)"), Not(HasSubstr("dt date"))));
  EXPECT_EQ(std::count(sql.begin(), sql.end(), '\n'), 19);
}

TEST(RedshiftSql, CopyUsesOnlyWhatParquetAllows) {
  const std::string sql = copy_stage_sql(RawTable::clicks, "s3://b/_manifests/x.json", "arn:aws:iam::1:role/R");
  EXPECT_EQ(
      sql,
      "copy rcml_stage_raw_clicks\nfrom 's3://b/_manifests/x.json'\niam_role 'arn:aws:iam::1:role/R'\nformat as parquet\nmanifest");
  EXPECT_THAT(copy_stage_sql(RawTable::clicks, "s3://b/x", ""), HasSubstr("iam_role default"));
}

TEST(RedshiftSql, OlderFilesGetAStageOfTheirOwnAndReadAsNull) {
  const auto groups = stage_groups({inspected("a", 1, 5), inspected("old", 1, 2, {"extra"}), inspected("b", 1, 7)});
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].row_count, 12);
  EXPECT_THAT(create_stage_sql(RawTable::clicks, groups[1]), Not(HasSubstr("extra")));
  EXPECT_THAT(insert_from_stage_sql(RawTable::clicks, groups[1]),
              AllOf(HasSubstr("cast(event_ts as date)"), HasSubstr("revenue, null, source_partition")));
}

TEST(RedshiftSql, ABackslashCannotEndALiteral) {
  EXPECT_EQ(quoted(Target::redshift, "a\\'b"), "'a\\\\''b'");
  EXPECT_EQ(quoted(Target::postgres, "a\\'b"), "'a\\''b'");
}

TEST(RedshiftErrors, EachHasItsCure) {
  const auto method13 = to_error("redshift://h/d", {"", "authentication method 13 not supported"});
  EXPECT_EQ(method13.kind, ErrorKind::bad_config);
  EXPECT_THAT(method13.cure, HasSubstr("SHA-256"));
  const ServerError lost_race{"XX000", "ERROR: 1023 DETAIL: Serializable isolation violation on table - 1"};
  EXPECT_TRUE(is_retryable(lost_race));
  EXPECT_FALSE(is_retryable({"XX000", "ERROR: something 1023"}));
  EXPECT_EQ(to_error("r", {"XX000", "String length exceeds DDL length"}).kind, ErrorKind::corrupt);
  EXPECT_EQ(to_error("r", {"XX000", "not authorized to assume IAM Role arn"}).kind, ErrorKind::bad_config);
  EXPECT_THAT(to_error("r", {"XX000", "S3ServiceException:Access Denied,Status 403"}).cure, HasSubstr("Region"));
  EXPECT_TRUE(is_lost_creation_race({"42P07", "relation exists"}));
  EXPECT_FALSE(is_lost_creation_race({"42601", "syntax error"}));
}

}  // namespace
}  // namespace rcml::warehouse
