// Redshift takes no statement above 16 MB, however many files a load has.
#include "warehouse/ledger_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rcml::warehouse {
namespace {

using ::testing::HasSubstr;

constexpr size_t kStatementBytesMax = 16'000'000;
constexpr size_t kFilesMax = 100'000;  // --batch-files-max.

std::vector<LakeFile> files_with_long_names() {
  std::vector<LakeFile> files(kFilesMax);
  for (size_t i = 0; i < files.size(); ++i) {
    files[i].path = "dt=2025-08-24/" + std::string(400, 'x') + std::to_string(i) + ".parquet";
    files[i].row_count = 1;
  }
  return files;
}

std::vector<std::string> many_dates() {
  std::vector<std::string> dts;
  for (int year = 1900; year < 2100; ++year) {
    for (int day = 10; day < 60; ++day) dts.push_back(std::to_string(year) + "-01-" + std::to_string(day));
  }
  return dts;
}

TEST(LedgerSql, NoStatementIsAboveTheLimitOfRedshift) {
  const std::vector<LakeFile> files = files_with_long_names();
  std::vector<std::string> paths;
  for (const LakeFile& file : files) paths.push_back(file.path);
  std::vector<std::string> statements =
      insert_ledger_sql(Target::redshift, RawTable::clicks, files, "2026-03-01 00:00:00");
  for (const std::string& sql : forget_lines_sql(Target::redshift, RawTable::clicks, paths)) statements.push_back(sql);
  statements.push_back(select_dates_sql(Target::redshift, RawTable::clicks, many_dates()));
  statements.push_back(delete_ledger_sql(Target::redshift, RawTable::clicks, many_dates()));
  statements.push_back(delete_rows_sql(Target::redshift, RawTable::clicks, many_dates()));
  for (const std::string& sql : statements) EXPECT_LT(sql.size(), kStatementBytesMax) << sql.substr(0, 60);
}

TEST(LedgerSql, EachFileIsEnteredAndForgottenOnce) {
  std::vector<LakeFile> files = files_with_long_names();
  files.resize(5'001);
  std::string all;
  for (const std::string& sql : insert_ledger_sql(Target::duckdb, RawTable::rejects, files, "now")) all += sql;
  size_t lines = 0;
  for (size_t at = all.find("'rejects/dt="); at != std::string::npos; at = all.find("'rejects/dt=", at + 1)) ++lines;
  EXPECT_EQ(lines, files.size());
  EXPECT_TRUE(insert_ledger_sql(Target::duckdb, RawTable::rejects, {}, "now").empty());
  EXPECT_TRUE(forget_lines_sql(Target::duckdb, RawTable::rejects, {}).empty());
}

TEST(LedgerSql, ALineBelongsToADateByItsBeginning) {
  EXPECT_THAT(select_dates_sql(Target::postgres, RawTable::rejects, {"2025-08-24", "2025-08-25"}),
              HasSubstr("substring(file_path, 1, 22) in ('rejects/dt=2025-08-24/', 'rejects/dt=2025-08-25/')"));
  EXPECT_THAT(select_dates_sql(Target::postgres, RawTable::clicks, {}), HasSubstr("where false"));
}

}  // namespace
}  // namespace rcml::warehouse
