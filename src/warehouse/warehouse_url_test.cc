#include "warehouse/warehouse_url.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rcml::warehouse {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(WarehouseUrl, KnowsTheThreeTargets) {
  EXPECT_EQ(parse_warehouse_url("duckdb:var/x.duckdb")->file, "var/x.duckdb");
  EXPECT_EQ(parse_warehouse_url("duckdb:///abs/x.duckdb")->file, "/abs/x.duckdb");
  EXPECT_EQ(parse_warehouse_url("postgres://u:p@h:1/d")->target, Target::postgres);
  EXPECT_EQ(parse_warehouse_url("postgresql://h/d")->target, Target::postgres);
  EXPECT_EQ(parse_warehouse_url("redshift://u:p@h:5439/d?sslmode=disable")->connection,
            "postgresql://u:p@h:5439/d?sslmode=disable");
}

TEST(WarehouseUrl, ShowsNeitherUserNorPasswordNorParameters) {
  EXPECT_EQ(parse_warehouse_url("redshift://me:se@cret@h:5439/d?password=x")->display, "redshift://h:5439/d");
}

TEST(WarehouseUrl, APasswordThatCutsTheUrlIsNotTakenForAPort) {
  for (const char* url :
       {"postgres://me:secret/x@h:5432/d", "redshift://me:secret?x@h/d", "postgres://me:secret#x@h/d"}) {
    const auto refused = parse_warehouse_url(url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
    EXPECT_EQ(refused.error().text().find("secret"), std::string::npos) << refused.error().text();
  }
  for (const char* url : {"postgres://h:5432/d?user=a@b", "postgres://me:p%2Fw@h/d?sslmode=require", "postgres://h"})
    EXPECT_TRUE(parse_warehouse_url(url).ok()) << url;
}

TEST(WarehouseUrl, SaysWhatIsWrongWithoutRepeatingSecrets) {
  for (const char* url : {"", "mysql://me:secret@h/d", "duckdb:", "duckdb::memory:", "postgres://", "me:secret@host"}) {
    const auto parsed = parse_warehouse_url(url);
    ASSERT_FALSE(parsed.ok()) << url;
    EXPECT_EQ(parsed.error().kind, ErrorKind::bad_config);
    EXPECT_FALSE(parsed.error().cure.empty());
    EXPECT_THAT(parsed.error().text(), Not(HasSubstr("secret")));
  }
}

}  // namespace
}  // namespace rcml::warehouse
