#include "lake/store/s3.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <random>
#include <thread>

#include "lake/delta/table.h"
#include "lake/parquet/file_writer.h"
#include "lake/schemas.h"
#include "lake/store/s3_testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers
using ::testing::HasSubstr;
using ::testing::Not;

class S3 : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { server_ = S3Server::start(); }
  static void TearDownTestSuite() { server_.reset(); }
  void SetUp() override {
    if (server_ == nullptr) GTEST_SKIP() << "versitygw is not installed: tools/setup.sh platform";
    S3Server::use_port(server_->port());
    bucket_ = "rcml" + std::to_string(++buckets_);
    std::filesystem::create_directory(server_->folder() + "/" + bucket_);
  }
  std::string url(const std::string& prefix) const { return "s3://" + bucket_ + "/" + prefix; }

  static std::unique_ptr<S3Server> server_;
  static int buckets_;
  std::string bucket_;
};
std::unique_ptr<S3Server> S3::server_;
int S3::buckets_ = 0;

CommitRequest adding(const std::string& name, Marks marks) {
  CommitRequest request;
  request.adds = {tiny_file(name)};
  request.marks = std::move(marks);
  return request;
}

TEST_F(S3, FilesRoundTripUnderOddPrefixes) {
  for (const char* prefix : {"bronze/cl icks+v2", "plain", "p%20q", "\xc3\xbcml\xc3\xa4ut=x"}) {
    const auto location = location_of(url(prefix));
    // Above one part, so that a multipart upload is among them.
    for (const size_t size : {size_t{10}, size_t{23} << 20}) {
      const std::string bytes(size, 'x');
      const std::string path = "dt=2025-08-24/f+" + std::to_string(size) + ".parquet";
      const auto stream = value_of(location->create(path));
      ASSERT_TRUE(stream->Write(bytes.data(), static_cast<int64_t>(size)).ok());
      ASSERT_TRUE(stream->Close().ok());
      expect_ok(location->make_durable(path));
      const auto read = value_of(location->read(path));
      EXPECT_EQ(read->GetSize().ValueOrDie(), static_cast<int64_t>(size)) << prefix;
      EXPECT_EQ(std::filesystem::file_size(server_->folder() + "/" + bucket_ + "/" + prefix + "/" + path), size);
    }
    EXPECT_EQ(value_of(location->list("")).size(), 2U) << prefix;
    expect_ok(location->remove("dt=2025-08-24/f+10.parquet"));
    expect_ok(location->remove("dt=2025-08-24/f+10.parquet"));
    EXPECT_EQ(value_of(location->list("dt=2025-08-24")).size(), 1U) << prefix;
  }
}

TEST_F(S3, ALakeIsMadeWrittenAndReadBack) {
  LakeTables lake = value_of(open_or_create_lake(url("odd +lake")));
  const auto writer =
      value_of(ClickFileWriter::create(lake.clicks->location(), "dt=2025-08-24/clicks-0-1-x.parquet", Dt(20324), {}));
  contract::ClickRow row;
  row.text[contract::event_id] = "e1";
  row.text[contract::event_type] = "page_view";
  expect_ok(writer->append(row));
  CommitRequest request;
  request.adds = {value_of(writer->finish())};
  request.marks = {{"g/clicks/0", 2}};
  ASSERT_EQ(value_of(lake.clicks->commit(request)).outcome, CommitOutcome::committed);
  expect_ok(lake.clicks->checkpoint());
  const LakeTables again = value_of(open_lake(url("odd +lake")));
  EXPECT_EQ(value_of(again.clicks->live_files()).size(), 1U);
  EXPECT_EQ(value_of(again.clicks->mark("g/clicks/0")), 2);
}

TEST_F(S3, ManyWritersLoseNothing) {
  constexpr int kWriters = 4;
  constexpr int kCommits = 10;
  tiny_table(url("t"));
  std::vector<std::thread> threads;
  for (int writer = 0; writer < kWriters; ++writer) {
    threads.emplace_back([this, writer] {
      const auto table = tiny_table(url("t"));
      const std::string app = "app" + std::to_string(writer);
      for (int i = 1; i <= kCommits;) {
        const Committed done = value_of(table->commit(adding(app + "-" + std::to_string(i), {{app, i}})));
        ASSERT_NE(done.outcome, CommitOutcome::unknown) << done.detail;
        if (done.outcome == CommitOutcome::committed) ++i;
        else value_of(table->refresh());
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const auto table = value_of(Table::open(location_of(url("t"))));
  EXPECT_EQ(table->version(), TableVersion(kWriters * kCommits));
  EXPECT_EQ(value_of(table->live_files()).size(), static_cast<size_t>(kWriters * kCommits));
}

TEST_F(S3, ALostReplyToACommitIsNotMistakenForAConflict) {
  ReplyLosingProxy proxy(server_->port(), "_delta_log/00000000000000000001.json HTTP");
  S3Server::use_port(proxy.port());
  const auto table = tiny_table(url("t"));
  proxy.arm(1);
  const Committed done = value_of(table->commit(adding("a", {{"app", 1}})));
  EXPECT_EQ(proxy.replies_lost(), 1);
  EXPECT_EQ(done.outcome, CommitOutcome::committed) << done.detail;
  EXPECT_EQ(done.version, TableVersion(1));
  EXPECT_EQ(value_of(table->mark("app")), 1);
  EXPECT_EQ(value_of(table->commit(adding("b", {{"app", 2}}))).version, TableVersion(2));
}

TEST_F(S3, ARequestThatIsSentAgainIsCounted) {
  ReplyLosingProxy proxy(server_->port(), "counted.parquet");
  S3Server::use_port(proxy.port());
  const auto location = location_of(url("t"));
  const int64_t before = s3_retries();
  proxy.arm(2);
  const auto stream = value_of(location->create("counted.parquet"));
  ASSERT_TRUE(stream->Write("1234", 4).ok());
  ASSERT_TRUE(stream->Close().ok());
  EXPECT_EQ(proxy.replies_lost(), 2);
  EXPECT_EQ(s3_retries(), before + 2);
}

TEST_F(S3, AStoreThatOftenRefusesIsAskedAgainForEver) {
  constexpr int kRefusals = 110;  // The SDK's own strategy pays for a hundred.
  ReplyLosingProxy proxy(server_->port(), ".parquet");
  S3Server::use_port(proxy.port());
  const auto location = location_of(url("t"));
  for (int i = 0; i < kRefusals; ++i) {
    proxy.arm(1);
    const auto stream = value_of(location->create("f" + std::to_string(i) + ".parquet"));
    ASSERT_TRUE(stream->Write("1234", 4).ok());
    const arrow::Status closed = stream->Close();
    ASSERT_TRUE(closed.ok()) << i << ": " << closed.message();
  }
  EXPECT_EQ(proxy.replies_lost(), kRefusals);
}

TEST_F(S3, AWrongSecretIsAConfigErrorThatDoesNotShowIt) {
  ::setenv("AWS_SECRET_ACCESS_KEY", "wrongsecretvalue", 1);
  const auto refused = open_or_create_lake(url("t"));
  const auto location = Location::open(url("t"));
  const auto listed = value_of(Location::open(url("t")))->list("");
  ::setenv("AWS_SECRET_ACCESS_KEY", "rcmltestsecret", 1);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::bad_config) << refused.error().text();
  EXPECT_THAT(refused.error().text(), Not(HasSubstr("wrongsecretvalue")));
  EXPECT_THAT(refused.error().text(), HasSubstr("credentials"));
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().kind, ErrorKind::bad_config) << listed.error().text();
}

TEST_F(S3, AnAbsentServerIsUnavailable) {
  S3Server::use_port(1);
  const auto refused = Table::open(location_of(url("t")));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().kind, ErrorKind::unavailable) << refused.error().text();
}

}  // namespace
}  // namespace rcml::lake
