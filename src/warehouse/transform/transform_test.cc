#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "core/log.h"
#include "warehouse/testing/sample_files.h"
#include "warehouse/transform/child_process.h"
#include "warehouse/transform/dbt_environment.h"
#include "warehouse/transform/dbt_run.h"
#include "warehouse/transform/publish.h"

namespace rcml::warehouse {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(RunResults, NamesWhatFailed) {
  const auto outcome = parse_run_results(R"({"results":[
    {"unique_id":"model.clickstream.stg_clicks","status":"success","message":"OK"},
    {"unique_id":"test.clickstream.not_null_x.ab12","status":"fail","message":"Got 3 results,\nconfigured to fail if != 0"},
    {"unique_id":"model.clickstream.fct_sessions","status":"skipped","message":null},
    {"unique_id":"test.clickstream.t.1","status":"warn","message":null}]})");
  ASSERT_TRUE(outcome.ok());
  EXPECT_EQ(outcome->succeeded, 1);
  EXPECT_EQ(outcome->warned, 1);
  EXPECT_THAT(outcome->failures, ElementsAre("not_null_x: Got 3 results, configured to fail if != 0"));
  EXPECT_FALSE(parse_run_results("{}").ok());
}

TEST(DbtEnvironment, SplitsTheUrl) {
  WarehouseOptions options;
  options.url = "redshift://me:p%40ss@cluster:5439/dev?sslmode=require";
  const auto environment = dbt_environment(options);
  ASSERT_TRUE(environment.ok());
  EXPECT_EQ(environment->at("RCML_DBT_TARGET"), "redshift");
  EXPECT_EQ(environment->at("RS_PWD"), "p@ss");
  EXPECT_EQ(environment->at("RS_HOST"), "cluster");
  EXPECT_EQ(environment->at("RS_SSLMODE"), "require");
}

TEST(ChildProcess, HandsOutLinesAndTheExitCode) {
  std::vector<std::string> lines;
  const auto code = run_child({{"sh", "-c", "echo one; echo $WORD >&2; printf three; exit 3"}, {{"WORD", "two"}}},
                              [&](const std::string& line) { lines.push_back(line); });
  ASSERT_TRUE(code.ok());
  EXPECT_EQ(*code, 3);
  EXPECT_THAT(lines, ElementsAre("one", "two", "three"));
  EXPECT_FALSE(run_child({{"/no/such/program"}, {}}, [](const std::string&) {}).ok());
}

TEST(Publish, AReaderOfTheOldCopyIsUndisturbedAndANewOneSeesTheNewRows) {
  set_log_level("off");
  const testing::TempFolder folder;
  const DuckdbOptions options{folder.path() + "/x.duckdb", Millis(2000), 1LL << 30, 2};
  const std::string published = published_path(options.file);
  EXPECT_EQ(published, folder.path() + "/x.published.duckdb");
  const auto add_row = [&] {
    auto writer = *DuckdbConnection::open(options);
    ASSERT_TRUE(writer->execute("create table if not exists t (i integer)").ok());
    ASSERT_TRUE(writer->execute("insert into t values (1)").ok());
  };
  add_row();
  ASSERT_TRUE(publish(options, published).ok());
  DuckdbOptions copy = options;
  copy.file = published;
  {
    auto reader = *DuckdbConnection::open(copy);
    add_row();
    ASSERT_TRUE(publish(options, published).ok());
    EXPECT_EQ((*reader->query("select count(*) from t"))[0][0], "1");
  }
  EXPECT_FALSE(std::filesystem::exists(published + ".tmp"));
  EXPECT_FALSE(std::filesystem::exists(published + ".wal"));
  EXPECT_EQ((*(*DuckdbConnection::open(copy))->query("select count(*) from t"))[0][0], "2");
}

TEST(Publish, AFullOrForbiddenPlaceLeavesTheOldCopy) {
  const testing::TempFolder folder;
  const DuckdbOptions options{folder.path() + "/x.duckdb", Millis(2000), 1LL << 30, 2};
  ASSERT_TRUE((*DuckdbConnection::open(options))->execute("create table t (i integer)").ok());
  const auto refused = publish(options, folder.path() + "/no/such/folder/x.published.duckdb");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().message, HasSubstr("no/such/folder"));
}

}  // namespace
}  // namespace rcml::warehouse
