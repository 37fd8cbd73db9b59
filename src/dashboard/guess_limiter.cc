#include "dashboard/guess_limiter.h"

#include <algorithm>

#include "http/host.h"

namespace rcml::dashboard {
namespace {

constexpr size_t kNetworkBytes = 8;  // A /64.

std::string key_of(const std::string& address) {
  const auto parsed = http::parse_address(address);
  if (!parsed || parsed->is_ipv4) return address;
  return "net " + std::string(reinterpret_cast<const char*>(parsed->bytes.data()), kNetworkBytes);
}

}  // namespace

int GuessLimiter::seconds_to_wait(const std::string& address, UtcMicros monotonic) const {
  const auto it = windows_.find(key_of(address));
  if (it == windows_.end() || it->second.wrong < kGuessesMax || monotonic.value >= it->second.ends_at_us) return 0;
  return static_cast<int>((it->second.ends_at_us - monotonic.value) / 1'000'000) + 1;
}

bool GuessLimiter::count_wrong(const std::string& address, UtcMicros monotonic) {
  if (windows_.size() >= kAddressesMax) forget_ended(monotonic.value);
  Window& window = windows_[key_of(address)];
  if (monotonic.value >= window.ends_at_us) window = {0, monotonic.value + kWindow.value * 1000};
  return ++window.wrong == kGuessesMax;
}

// With every window still open the one that ends first goes: memory stays bounded.
void GuessLimiter::forget_ended(int64_t now_us) {
  std::erase_if(windows_, [now_us](const auto& entry) { return now_us >= entry.second.ends_at_us; });
  if (windows_.size() < kAddressesMax) return;
  windows_.erase(std::min_element(windows_.begin(), windows_.end(), [](const auto& a, const auto& b) {
    return a.second.ends_at_us < b.second.ends_at_us;
  }));
}

}  // namespace rcml::dashboard
