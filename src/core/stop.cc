#include "core/stop.h"

#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <thread>

namespace rcml {
namespace {

std::atomic<int> signals_seen{0};

void on_signal(int) {
  if (signals_seen.fetch_add(1) >= 1) _exit(130);
}

}  // namespace

void install_stop_signals() {
  struct sigaction action{};
  action.sa_handler = on_signal;
  sigaction(SIGTERM, &action, nullptr);
  sigaction(SIGINT, &action, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
}

bool stop_requested() { return signals_seen.load(std::memory_order_relaxed) > 0; }

void request_stop() { signals_seen.fetch_add(1); }

bool sleep_or_stop(Millis span) {
  constexpr int64_t kStepMs = 20;
  for (int64_t left = span.value; left > 0 && !stop_requested(); left -= kStepMs) {
    std::this_thread::sleep_for(std::chrono::milliseconds(left < kStepMs ? left : kStepMs));
  }
  return stop_requested();
}

}  // namespace rcml
