// contract/decoder_cases_test.cc: every case of tests/cases/events, alone, unpadded at a page's end, and between
// 100 good events before and 100 after; and the table of docs/formats/event.md says the same.
#include <gtest/gtest.h>
#include <simdjson.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <set>

#include "contract/decoder.h"
#include "contract/event_cases.h"
#include "core/clock.h"

namespace rcml::contract {
namespace {

const std::string kSource = RCML_SOURCE_DIR;
constexpr UtcMicros kArrivedAt{1'756'029'605'000'000};  // 2025-08-24T10:00:05Z
constexpr UtcMicros kNow{1'756'029'606'000'000};
constexpr Partition kPartition{3};
constexpr Offset kOffset{4711};

const std::vector<EventCase>& cases() {
  static const std::vector<EventCase> all = load_event_cases(kSource + "/tests/cases/events");
  return all;
}

SourceEvent source_event(std::string_view bytes) {
  SourceEvent event;
  event.bytes = bytes;
  event.offset = kOffset;
  event.arrived_at = kArrivedAt;
  return event;
}

std::string column_text(const ClickRow& row, const std::string& name) {
  if (name == "event_ts") return to_text(row.event_ts);
  if (name == "revenue") return row.has_revenue ? std::to_string(row.revenue_cents) : "null";
  if (name == "source_partition") return std::to_string(row.source_partition.value);
  if (name == "source_offset") return std::to_string(row.source_offset.value);
  for (size_t i = 0; i < kColumns.size(); ++i) {
    if (kColumns[i].name == name) return row.text[i].data() == nullptr ? "null" : std::string(row.text[i]);
  }
  return "no such column: " + name;
}

void expect_lineage(const ClickRow& row) {
  EXPECT_EQ(row.source_partition, kPartition);
  EXPECT_EQ(row.source_offset, kOffset);
  EXPECT_EQ(row.ingested_at, kNow);
}

void expect_outcome(const EventCase& given, std::string_view bytes, Outcome outcome, const ClickRow& row,
                    const Reject& reject) {
  ASSERT_EQ(outcome == Outcome::row ? "row" : "reject " + std::string(to_text(reject.reason)), given.outcome())
      << reject.detail;
  if (outcome == Outcome::row) {
    for (const auto& [name, text] : given.row) EXPECT_EQ(column_text(row, name), text) << name;
    expect_lineage(row);
    return;
  }
  const bool is_cut = reject.reason == RejectReason::too_large;
  EXPECT_EQ(reject.raw, is_cut ? bytes.substr(0, 65'536) : bytes);
  EXPECT_EQ(reject.raw_bytes, static_cast<int64_t>(bytes.size()));
  EXPECT_FALSE(reject.detail.empty());
  EXPECT_LE(reject.detail.size(), 1024u);
  EXPECT_TRUE(simdjson::validate_utf8(reject.detail));
  EXPECT_EQ(reject.source_partition, kPartition);
  EXPECT_EQ(reject.source_offset, kOffset);
  EXPECT_EQ(reject.arrived_at, kArrivedAt);
  EXPECT_EQ(reject.ingested_at, kNow);
}

// Bytes that end where the readable memory ends, as those of a mapped file or of a foreign buffer may.
class AtPageEnd {
 public:
  explicit AtPageEnd(std::string_view text) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t readable = (text.size() + page - 1) / page * page;
    size_ = readable + page;
    base_ = static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    EXPECT_EQ(mprotect(base_ + readable, page, PROT_NONE), 0);
    if (!text.empty()) std::memcpy(base_ + readable - text.size(), text.data(), text.size());
    text_ = {base_ + readable - text.size(), text.size()};
  }
  ~AtPageEnd() { munmap(base_, size_); }
  AtPageEnd(const AtPageEnd&) = delete;
  AtPageEnd& operator=(const AtPageEnd&) = delete;
  std::string_view text() const { return text_; }

 private:
  char* base_ = nullptr;
  size_t size_ = 0;
  std::string_view text_;
};

class EventCaseTest : public testing::TestWithParam<size_t> {
 protected:
  const EventCase& given() const { return cases()[GetParam()]; }
};

TEST_P(EventCaseTest, AloneAtThePageEnd) {
  Decoder decoder(given().limits);
  ClickRow row;
  Reject reject;
  const AtPageEnd at_end(given().event);
  const Outcome outcome = decoder.decode(source_event(at_end.text()), kPartition, kNow, row, reject);
  expect_outcome(given(), at_end.text(), outcome, row, reject);
}

TEST_P(EventCaseTest, PaddedBetweenGoodNeighbours) {
  Decoder decoder(given().limits);
  ClickRow row;
  Reject reject;
  for (int i = 0; i <= 200; ++i) {
    const bool is_odd_one = i == 100;
    const std::string id = "good-" + std::to_string(i);
    std::string buffer = is_odd_one ? given().event : base_event(id);
    const size_t length = buffer.size();
    // What follows looks like more of the same, as it does in a segment file: none of it may be read as this event's.
    buffer += "\"}]" + std::string(kEventPaddingBytes, '}');
    SourceEvent event = source_event(std::string_view(buffer).substr(0, length));
    event.is_padded = true;
    const Outcome outcome = decoder.decode(event, kPartition, kNow, row, reject);
    if (is_odd_one) {
      expect_outcome(given(), event.bytes, outcome, row, reject);
    } else {
      ASSERT_EQ(outcome, Outcome::row) << id << ": " << reject.detail;
      ASSERT_EQ(row.text[event_id], id);
      ASSERT_EQ(row.text[extra].data(), nullptr);
      ASSERT_FALSE(row.has_revenue);
      expect_lineage(row);
    }
  }
}

std::string case_name(const testing::TestParamInfo<size_t>& info) { return cases()[info.param].id; }
INSTANTIATE_TEST_SUITE_P(Events, EventCaseTest, testing::Range<size_t>(0, cases().size()), case_name);

TEST(EventCases, HaveDifferentIds) {
  std::set<std::string> ids;
  for (const EventCase& given : cases()) EXPECT_TRUE(ids.insert(given.id).second) << given.id;
  EXPECT_GT(ids.size(), 150u);
}

TEST(EventCases, CoverEveryReason) {
  std::set<std::string> outcomes;
  for (const EventCase& given : cases()) outcomes.insert(given.outcome());
  for (size_t i = 0; i < static_cast<size_t>(RejectReason::reason_count); ++i) {
    const std::string_view reason = to_text(static_cast<RejectReason>(i));
    EXPECT_TRUE(outcomes.contains("reject " + std::string(reason))) << reason;
  }
}

TEST(EventCases, StandInTheDocumentWordForWord) {
  std::set<std::string> written;
  std::ifstream file(kSource + "/docs/formats/event.md");
  ASSERT_TRUE(file.good());
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("| J") || line.starts_with("| C") || line.starts_with("| T")) written.insert(line);
  }
  std::set<std::string> expected;
  for (const EventCase& given : cases())
    expected.insert("| " + given.id + " | " + given.title + " | " + given.outcome() + " |");
  for (const std::string& line : expected)
    EXPECT_TRUE(written.contains(line)) << "missing in docs/formats/event.md:\n" << line;
  for (const std::string& line : written)
    EXPECT_TRUE(expected.contains(line)) << "in docs/formats/event.md, but no case:\n" << line;
}

// Not a test of its own: makes the fuzz program's corpus (decoder_fuzz.cc) out of the cases.
TEST(FuzzSeeds, AreTheEventsOfTheCases) {
  const char* folder = std::getenv("RCML_FUZZ_SEEDS");
  if (folder == nullptr) GTEST_SKIP() << "RCML_FUZZ_SEEDS names no folder";
  for (const EventCase& given : cases()) {
    std::ofstream file(std::string(folder) + "/" + given.id, std::ios::binary);
    file << given.event;
    ASSERT_TRUE(file.good()) << folder;
  }
}

}  // namespace
}  // namespace rcml::contract
