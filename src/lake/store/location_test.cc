#include "lake/store/location.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <filesystem>

#include "lake/testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers above
using ::testing::HasSubstr;
using ::testing::Not;

void put(const Location& location, const std::string& path, const std::string& bytes) {
  const auto stream = value_of(location.create(path));
  ASSERT_TRUE(stream->Write(bytes.data(), static_cast<int64_t>(bytes.size())).ok());
  ASSERT_TRUE(stream->Close().ok());
  expect_ok(location.make_durable(path));
}

class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) { ::setenv(name, value, 1); }
  ~ScopedVariable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST(Location, NamesAFolderByItsAbsoluteUrl) {
  EXPECT_EQ(location_of("/a//b/../c")->url(), "file:///a/c/");
  EXPECT_EQ(location_of("file:///a%20b/c")->absolute("x"), "/a b/c/x");
  EXPECT_EQ(location_of("/a b+c%d")->url(), "file:///a%20b%2Bc%25d/");
  EXPECT_EQ(value_of(location_of("/lake")->child("bronze/clicks"))->url(), "file:///lake/bronze/clicks/");
  EXPECT_EQ(location_of("relative")->absolute(""), (std::filesystem::current_path() / "relative").string() + "/");
}

TEST(Location, RefusesWhatIsNoPlace) {
  for (const char* url : {"", "gs://bucket/x", "s3:///prefix", "file://relative"}) {
    const auto refused = Location::open(url);
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
  }
}

TEST(Location, TwoDotsInsideANameAreNoWayOut) {
  const TempDir dir;
  const auto location = location_of(dir.path());
  put(*location, "dt=2025-08-24/my..clicks-p0-0.parquet", "1234");
  put(*location, "..hidden", "5");
  EXPECT_EQ(value_of(location->list("")).size(), 2U);
  expect_ok(location->remove("dt=2025-08-24/my..clicks-p0-0.parquet"));
  EXPECT_EQ(value_of(location->list("")).size(), 1U);
  for (const char* path : {"..", "../x", "dt=1/../../x", "dt=1/..", "/x", ""}) {
    EXPECT_EQ(location->create(path).error().kind, ErrorKind::corrupt) << path;
  }
}

TEST(Location, WritesListsReadsAndRemoves) {
  const TempDir dir;
  const auto location = location_of(dir / "a b+c%41");
  const std::string big(3 << 20, 'x');
  put(*location, "dt=2025-08-24/one.parquet", "1234");
  put(*location, "dt=2025-08-24/big.parquet", big);
  const std::vector<StoredFile> files = value_of(location->list("dt=2025-08-24"));
  ASSERT_EQ(files.size(), 2U);
  for (const StoredFile& file : files) {
    EXPECT_EQ(file.bytes, file.path == "dt=2025-08-24/one.parquet" ? 4 : static_cast<int64_t>(big.size())) << file.path;
    EXPECT_GT(file.modified_at_ms, 1'600'000'000'000);
  }
  const auto read = value_of(location->read("dt=2025-08-24/big.parquet"));
  EXPECT_EQ(read->GetSize().ValueOrDie(), static_cast<int64_t>(big.size()));
  expect_ok(location->remove("dt=2025-08-24/one.parquet"));
  expect_ok(location->remove("dt=2025-08-24/one.parquet"));
  EXPECT_EQ(value_of(location->list("")).size(), 1U);
  EXPECT_TRUE(value_of(location->list("nowhere")).empty());
}

TEST(Location, AFileHasItsNameOnlyWhenItIsWhole) {
  const TempDir dir;
  const auto location = location_of(dir.path());
  const std::string path = "dt=2025-08-24/one.parquet";
  {
    const auto stream = value_of(location->create(path));
    ASSERT_TRUE(stream->Write("12", 2).ok());
    EXPECT_FALSE(location->create(path).ok()) << "somebody is writing it";
  }
  ASSERT_EQ(value_of(location->list("")).size(), 1U);
  EXPECT_EQ(value_of(location->list(""))[0].path, path + ".part");
  expect_ok(location->remove(path));
  EXPECT_TRUE(value_of(location->list("")).empty());
  put(*location, path, "1234");
  ASSERT_EQ(value_of(location->list("")).size(), 1U);
  EXPECT_EQ(value_of(location->list(""))[0].path, path);
  EXPECT_FALSE(location->create(path).ok()) << "it is there";
}

TEST(Location, NeverLeavesItsRoot) {
  const TempDir dir;
  const auto location = location_of(dir.path());
  for (const char* path : {"../x", "/etc/passwd", "a/../../x", ""}) {
    EXPECT_FALSE(location->create(path).ok()) << path;
    EXPECT_FALSE(location->remove(path).ok()) << path;
  }
}

TEST(Location, AMissingFileIsNamed) {
  const TempDir dir;
  const auto missing = location_of(dir.path())->read("nothing.parquet");
  ASSERT_FALSE(missing.ok());
  EXPECT_THAT(missing.error().message, HasSubstr("nothing.parquet"));
}

TEST(Location, PlainHttpOnlyGoesToThisMachine) {
  const ScopedVariable key("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
  const ScopedVariable secret("AWS_SECRET_ACCESS_KEY", "topsecret");
  {
    const ScopedVariable endpoint("AWS_ENDPOINT_URL", "http://storage.example.com:9000");
    const auto refused = Location::open("s3://bucket/x");
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().kind, ErrorKind::bad_config);
    EXPECT_THAT(refused.error().text(), Not(HasSubstr("topsecret")));
  }
  const ScopedVariable endpoint("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
  EXPECT_EQ(location_of("s3://bucket/cl icks+v2")->url(), "s3://bucket/cl%20icks%2Bv2/");
}

}  // namespace
}  // namespace rcml::lake
