#include "lake/delta/table_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "lake/testing.h"

namespace rcml::lake {
namespace {

using ::testing::HasSubstr;
using testing::location_of;
using testing::read_text;
using testing::TempDir;
using testing::tiny_file;
using testing::tiny_table;
using testing::value_of;
using testing::write_text;

// Sets a property as another program would: a commit with the metadata of version 0 and the property in it.
void set_property(const std::string& table, const std::string& name, const std::string& value) {
  const std::string log = table + "/_delta_log/";
  std::string line;
  std::istringstream lines(read_text(log + "00000000000000000000.json"));
  while (std::getline(lines, line) && line.find("metaData") == std::string::npos) {}
  const std::string empty = "\"configuration\":{}";
  const size_t at = line.find(empty);
  ASSERT_NE(at, std::string::npos) << line;
  line.replace(at, empty.size(), "\"configuration\":{\"" + name + "\":\"" + value + "\"}");
  write_text(log + "00000000000000000001.json", line + "\n");
}

TEST(TableLimits, ColumnMappingIsRefusedByName) {
  TableDescription table;
  table.properties["delta.columnMapping.mode"] = "none";
  EXPECT_TRUE(check_readable(table, "here").ok());
  table.properties["delta.columnMapping.mode"] = "name";
  const Status refused = check_readable(table, "here");
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
  EXPECT_THAT(refused.error().message, HasSubstr("here has delta.columnMapping.mode = name"));
  EXPECT_FALSE(refused.error().cure.empty());
}

TEST(TableLimits, MarksThatAgeMayBeReadAndNotWritten) {
  const TempDir dir;
  const auto before = tiny_table(dir / "t");
  set_property(dir / "t", "delta.setTransactionRetentionDuration", "interval 1 days");
  const auto table = value_of(Table::open(location_of(dir / "t")));
  EXPECT_TRUE(table->live_files().ok());
  CommitRequest request;
  request.adds = {tiny_file("a")};
  for (const Status& refused :
       {table->check_writable(), table->checkpoint(), Status(table->commit(request).error()),
        Status(Table::open_or_create(location_of(dir / "t"), testing::kTinySchema, {"dt"}).error())}) {
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
    EXPECT_THAT(refused.error().message, HasSubstr("delta.setTransactionRetentionDuration = interval 1 days"));
  }
  EXPECT_EQ(value_of(table->refresh()), TableVersion(1));
  EXPECT_TRUE(before->check_writable().ok());
  EXPECT_EQ(value_of(before->refresh()), TableVersion(1));
  EXPECT_FALSE(before->check_writable().ok()) << "set while the table was in use";
}

TEST(TableLimits, ATableIsMadeWithTheLowestProtocolThatHoldsIt) {
  const TempDir dir;
  tiny_table(dir / "t");
  EXPECT_THAT(read_text(dir / "t/_delta_log/00000000000000000000.json"),
              HasSubstr("{\"protocol\":{\"minReaderVersion\":1,\"minWriterVersion\":2}}"));
}

}  // namespace
}  // namespace rcml::lake
