// dashboard/guess_limiter.h: slows whoever tries tokens. Pure but for its memory; the caller passes the time.
//
// Each address may try kGuessesMax wrong tokens a minute. After those every further token from it is refused unread until
// the minute is over, so a fast guesser learns nothing. IPv6 addresses count by their /64, which is what one customer has.
#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "core/ids.h"

namespace rcml::dashboard {

class GuessLimiter {
 public:
  static constexpr int kGuessesMax = 10;
  static constexpr Millis kWindow{60'000};
  static constexpr size_t kAddressesMax = 4096;

  // Seconds until tokens from `address` are looked at again; 0: now.
  int seconds_to_wait(const std::string& address, UtcMicros monotonic) const;
  size_t address_count() const { return windows_.size(); }
  // True when this one exhausts the address: said once for each window.
  bool count_wrong(const std::string& address, UtcMicros monotonic);

 private:
  struct Window {
    int wrong = 0;
    int64_t ends_at_us = 0;
  };
  void forget_ended(int64_t now_us);
  std::map<std::string, Window> windows_;
};

}  // namespace rcml::dashboard
