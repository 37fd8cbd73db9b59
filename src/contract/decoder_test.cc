// contract/decoder_test.cc: what the case files cannot say: time zones, allocations, reuse, many keys.
#include "contract/decoder.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <new>

#include "contract/event_cases.h"
#include "contract/timestamp.h"
#include "core/clock.h"

namespace {
int64_t g_allocation_count = 0;
}  // namespace

// Counts, so that "allocates nothing per event" is a test and not a hope. None is inlined: GCC 14 would see free()
// beside `new`, or malloc() beside `delete`, and warn of a mismatch.
[[gnu::noinline]] void* operator new(size_t size) {
  ++g_allocation_count;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++g_allocation_count;
  return std::malloc(size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, size_t) noexcept { std::free(memory); }

namespace rcml::contract {
namespace {

constexpr UtcMicros kNow{1'756'029'605'000'000};

struct Decoded {
  Outcome outcome;
  ClickRow row;
  Reject reject;
};

Decoded decode(Decoder& decoder, std::string_view bytes) {
  Decoded decoded;
  SourceEvent event;
  event.bytes = bytes;
  event.arrived_at = kNow;
  decoded.outcome = decoder.decode(event, Partition(0), kNow, decoded.row, decoded.reject);
  return decoded;
}

TEST(Decoder, NeverUsesTheZoneOfTheHost) {
  ASSERT_EQ(setenv("TZ", "America/New_York", 1), 0);
  tzset();
  EXPECT_FALSE(parse_timestamp("2025-08-24T23:30:00"));
  EXPECT_EQ(dt_of(*parse_timestamp("2025-08-24T23:30:00-05:00")), *parse_dt("2025-08-25"));
  EXPECT_EQ(dt_of(*parse_timestamp("2025-08-24T23:30:00+0530")), *parse_dt("2025-08-24"));
  unsetenv("TZ");
  tzset();
}

TEST(Decoder, WithoutAnArrivalOnlyTheBoundsOfTheLakeHold) {
  Decoder decoder({.past_micros_max = 1, .future_micros_max = 1});
  ClickRow row;
  Reject reject;
  const auto outcome_at = [&](const std::string& event_ts, UtcMicros arrived_at) {
    const std::string text = R"({"event_id":"e1","event_type":"t","event_ts":")" + event_ts + "\"}";
    SourceEvent event;
    event.bytes = text;
    event.arrived_at = arrived_at;
    return decoder.decode(event, Partition(0), kNow, row, reject);
  };
  for (const char* event_ts : {"1970-01-01T00:00:00Z", "2025-08-24T10:00:00Z", "2261-12-31T00:00:00Z"}) {
    EXPECT_EQ(outcome_at(event_ts, kArrivalUnknown), Outcome::row) << event_ts;
    EXPECT_EQ(outcome_at(event_ts, UtcMicros(-2000)), Outcome::reject) << event_ts;
  }
  EXPECT_EQ(outcome_at("2262-01-01T00:00:00Z", kArrivalUnknown), Outcome::reject);
}

TEST(Decoder, AllocatesNothingPerEventOnceWarm) {
  Decoder decoder({});
  ClickRow row;
  Reject reject;
  SourceEvent plain;
  const std::string plain_text = base_event("e1");
  plain.bytes = plain_text;
  plain.arrived_at = kNow;
  SourceEvent escaped = plain;
  const std::string escaped_text =
      R"({"event_id":"e\u0000","event_type":"t\n","event_ts":"2025-08-24T10:00:00Z","junk":{"a":[1,"\u0000"]},"more":null})";
  escaped.bytes = escaped_text;
  const auto decode_both = [&] {
    ASSERT_EQ(decoder.decode(plain, Partition(0), kNow, row, reject), Outcome::row);
    ASSERT_EQ(decoder.decode(escaped, Partition(0), kNow, row, reject), Outcome::row);
  };
  decode_both();
  decode_both();
  const int64_t before = g_allocation_count;
  for (int i = 0; i < 1000; ++i) decode_both();
  EXPECT_EQ(g_allocation_count, before);
}

TEST(Decoder, KeepsNothingOfTheEventBefore) {
  Decoder decoder({});
  const std::string full =
      R"({"event_id":"a","customer_id":"b","event_type":"d","event_ts":"2025-08-24T10:00:00Z","revenue":1.5,"junk":1})";
  const std::string bare = R"({"event_id":"x","event_type":"y","event_ts":"2025-08-24T10:00:00Z"})";
  ASSERT_EQ(decode(decoder, full).outcome, Outcome::row);
  const Decoded decoded = decode(decoder, bare);
  ASSERT_EQ(decoded.outcome, Outcome::row);
  EXPECT_EQ(decoded.row.text[customer_id].data(), nullptr);
  EXPECT_EQ(decoded.row.text[extra].data(), nullptr);
  EXPECT_FALSE(decoded.row.has_revenue);
}

TEST(Decoder, ManyUnknownKeysCostNoSquareOfTime) {
  std::string event = R"({"event_id":"a","event_type":"d","event_ts":"2025-08-24T10:00:00Z")";
  for (int i = 0; i < 90'000; ++i) event += ",\"k" + std::to_string(i) + "\":1";
  event += ",\"k7\":2}";
  DecodeLimits limits;
  limits.event_bytes_max = 10'000'000;
  Decoder decoder(limits);
  const Decoded decoded = decode(decoder, event);
  ASSERT_EQ(decoded.outcome, Outcome::reject);
  EXPECT_EQ(decoded.reject.reason, RejectReason::dup_key);
  EXPECT_EQ(decoded.reject.detail, "k7: twice");
}

TEST(Decoder, NamesThePlaceOfAFault) {
  Decoder decoder({});
  EXPECT_EQ(decode(decoder, R"({"event_id":"a","event_type":7,"event_ts":"x"})").reject.detail, "event_type: a number");
  EXPECT_EQ(decode(decoder, R"({"event_id":"a","event_type":"b","event_ts":"yesterday"})").reject.detail,
            "event_ts: yesterday");
  EXPECT_EQ(decode(decoder, R"({"event_id":"a","event_type":"b"})").reject.detail, "event_ts: absent");
  const std::string long_key(300, 'k');
  EXPECT_EQ(decode(decoder, "{\"" + long_key + "\":1,\"" + long_key + "\":1}").reject.detail,
            std::string(80, 'k') + ": twice");
}

TEST(Decoder, RejectKeepsTheBytesOfTheBatch) {
  Decoder decoder({});
  const std::string bytes = "nonsense";
  EXPECT_EQ(decode(decoder, bytes).reject.raw.data(), bytes.data());
}

TEST(Decoder, BeginningOfAnEventIsTooLargeWhateverItHolds) {
  Decoder decoder({});
  SourceEvent event;
  const std::string bytes = base_event("e1");
  event.bytes = bytes;
  event.full_bytes = 2'000'000'000;
  ClickRow row;
  Reject reject;
  ASSERT_EQ(decoder.decode(event, Partition(0), kNow, row, reject), Outcome::reject);
  EXPECT_EQ(reject.reason, RejectReason::too_large);
  EXPECT_EQ(reject.raw_bytes, event.full_bytes);
  EXPECT_EQ(reject.detail, "2000000000 bytes");
}

TEST(Decoder, TombstoneIsNoEvent) {
  Decoder decoder({});
  SourceEvent event;
  event.is_tombstone = true;
  ClickRow row;
  Reject reject;
  EXPECT_DEATH((void)decoder.decode(event, Partition(0), kNow, row, reject), "is_tombstone");
}

}  // namespace
}  // namespace rcml::contract
