// The live page under viewers, asked over HTTP as browsers do. bench/page.sh starts the program and calls this.
//
//   bench_page PORT [SECONDS]
//
// First each panel alone, never asked before (a choice nobody made yet), over 30 days and over the whole history: the
// best of five. Then fifty viewers at once, six kept connections each, who load the page, look at it for half a second
// to a second and load it again: the time of every request.
#include <httplib.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>
#include <thread>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Times = std::vector<double>;

constexpr int kViewers = 50;
constexpr size_t kConnections = 6;
const std::vector<std::string> kPanels{"kpis",     "last_week", "bot_share", "unique_visitors", "timeseries",
                                       "visitors", "devices",   "cities",    "pages",           "campaigns",
                                       "funnel",   "heatmap",   "events"};

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

void expect_ok(const httplib::Result& answer, const std::string& path) {
  if (answer && answer->status == 200) return;
  std::fprintf(stderr,
               "bench_page: error: %s was answered with %d\nbench_page: cure: is `rcml dashboard` running there?\n",
               path.c_str(), answer ? answer->status : 0);
  std::exit(3);
}

double panel_ms(httplib::Client& client, const std::string& panel, const std::string& range) {
  static int asked = 0;
  double best = 1e9;
  for (int turn = 0; turn < 5; ++turn) {
    const std::string path = "/api/" + panel + "?range=" + range +
                             "&device=mobile&device=desktop&device=tablet&device=nobody" + std::to_string(++asked);
    const auto began = Clock::now();
    expect_ok(client.Get(path.c_str()), path);
    best = std::min(best, ms_since(began));
  }
  return best;
}

void one_connection(int port, size_t first, Clock::time_point end, Times& times) {
  httplib::Client client("127.0.0.1", port);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  client.set_decompress(false);
  const httplib::Headers headers{{"Accept-Encoding", "gzip"}};
  std::mt19937 random(static_cast<unsigned>(first + reinterpret_cast<uintptr_t>(&times)));
  const auto pause = [&](unsigned from_ms, unsigned to_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(from_ms + random() % (to_ms - from_ms)));
  };
  pause(0, 1000);
  while (Clock::now() < end) {
    for (size_t panel = first; panel < kPanels.size(); panel += kConnections) {
      const std::string path = "/api/" + kPanels[panel];
      const auto began = Clock::now();
      expect_ok(client.Get(path.c_str(), headers), path);
      times.push_back(ms_since(began));
    }
    pause(500, 1000);
  }
}

Times fifty_viewers(int port, int seconds) {
  std::vector<Times> of_connection(kViewers * kConnections);
  std::vector<std::thread> threads;
  const auto end = Clock::now() + std::chrono::seconds(seconds);
  for (size_t index = 0; index < of_connection.size(); ++index)
    threads.emplace_back(one_connection, port, index % kConnections, end, std::ref(of_connection[index]));
  for (auto& thread : threads) thread.join();
  Times all;
  for (const Times& times : of_connection) all.insert(all.end(), times.begin(), times.end());
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

int main(int argument_count, char** arguments) {
  const int port = argument_count > 1 ? std::atoi(arguments[1]) : 0;
  const int seconds = argument_count > 2 ? std::atoi(arguments[2]) : 10;
  if (port <= 0 || seconds <= 0) {
    std::fputs("usage: bench_page PORT [SECONDS]\n", stderr);
    return 2;
  }
  httplib::Client client("127.0.0.1", port);
  client.set_keep_alive(true);
  client.set_tcp_nodelay(true);
  std::printf("%-18s %10s %10s\n", "panel, not cached", "30 days", "all");
  for (const std::string& panel : kPanels) {
    const double month = panel_ms(client, panel, "30d");
    std::printf("%-18s %7.0f ms %7.0f ms\n", panel.c_str(), month, panel_ms(client, panel, "all"));
  }
  const Times times = fifty_viewers(port, seconds);
  const auto at = [&](double share) {
    return times[static_cast<size_t>(static_cast<double>(times.size() - 1) * share)];
  };
  std::printf("%d viewers, %zu requests in %d s: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, most %.0f ms\n", kViewers,
              times.size(), seconds, at(0.5), at(0.95), at(0.99), at(1));
  return 0;
}
