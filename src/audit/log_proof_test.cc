#include "audit/log_proof.h"

#include <gtest/gtest.h>

namespace rcml::audit {
namespace {

LogProof some_proof() {
  LogProof proof;
  proof.group = "rcml";
  proof.log_name = "clicks \"ä\"";
  proof.log_id = "spool:0123";
  proof.clicks_id = "c";
  proof.rejects_id = "r";
  proof.clicks_version = TableVersion(7);
  proof.rejects_version = TableVersion(9);
  proof.clicks_commit = "0a";
  proof.rejects_commit = "0b";
  proof.replays = 3;
  proof.partitions = {
      {.partition = 1, .begin = 2, .end = 30, .next = 20, .committed = 4, .replayed = 5, .rejected = 6}};
  proof.half_done = {{Partition(1), Offset(25)}};
  proof.proven_at = UtcMicros(1'700'000'000'000'000);
  proof.full_at = UtcMicros(1'600'000'000'000'000);
  proof.program = "rcml 9.9.9";
  return proof;
}

TEST(LogProof, IsReadAsItWasWritten) {
  const LogProof proof = some_proof();
  const auto read = parse_log_proof(to_json(proof));
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_json(*read), to_json(proof));
  EXPECT_EQ(read->log_name, proof.log_name);
  EXPECT_EQ(read->half_done, proof.half_done);
  ASSERT_EQ(read->partitions.size(), 1u);
  EXPECT_EQ(read->partitions[0].next, 20);
  EXPECT_EQ(read->partitions[0].rejected, 6);
}

TEST(LogProof, AChangedOrCutOneIsNone) {
  const std::string whole = to_json(some_proof());
  for (size_t bytes = 0; bytes + 1 < whole.size(); bytes += 7)
    EXPECT_FALSE(parse_log_proof(whole.substr(0, bytes)).has_value()) << bytes;
  std::string changed = whole;
  changed.replace(changed.find("\"replays\":3"), 11, "\"replays\":4");
  EXPECT_FALSE(parse_log_proof(changed).has_value());
  for (const char* text : {"", "null", "[]", "{}", R"({"form":1})", R"({"form":1,"digest":"0"})", R"({"form":2})"})
    EXPECT_FALSE(parse_log_proof(text).has_value()) << text;
}

}  // namespace
}  // namespace rcml::audit
