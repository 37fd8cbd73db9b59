#include "sink/waiting_events.h"

#include <gtest/gtest.h>

namespace rcml::sink {
namespace {

TEST(WaitingEvents, ComeOutByDateAndWithinADateInTheirOrder) {
  WaitingEvents waiting;
  const auto add = [&](int64_t offset, std::string_view bytes, int32_t dt) {
    contract::SourceEvent event;
    event.offset = Offset(offset);
    event.bytes = bytes;
    event.arrived_at = UtcMicros(offset * 10);
    waiting.add(event, Partition(3), UtcMicros(5), Dt(dt));
  };
  add(1, "first", 20);
  add(2, "second", 10);
  add(3, "third", 20);
  add(4, "fourth", 10);
  std::string order;
  const auto take = [&](const WaitingEvent& found) {
    order += std::to_string(found.dt.value) + ":" + std::string(found.event.bytes) + " ";
    EXPECT_EQ(found.partition, Partition(3));
    EXPECT_EQ(found.read_at, UtcMicros(5));
    EXPECT_EQ(found.event.arrived_at.value, found.event.offset.value * 10);
    return Status();
  };
  EXPECT_GT(waiting.bytes_held(), 22);
  EXPECT_TRUE(waiting.take_all(take).ok());
  EXPECT_EQ(order, "10:second 10:fourth 20:first 20:third ");
  EXPECT_TRUE(waiting.is_empty());
}

TEST(WaitingEvents, AFailureEndsTheHandOut) {
  WaitingEvents waiting;
  for (int i = 0; i < 3; ++i) waiting.add({.bytes = "x"}, Partition(0), UtcMicros(0), Dt(i));
  int taken = 0;
  const Status status = waiting.take_all([&](const WaitingEvent&) -> Status {
    ++taken;
    return unavailable("full");
  });
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(taken, 1);
}

}  // namespace
}  // namespace rcml::sink
