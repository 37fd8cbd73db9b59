// The live page under viewers, asked over HTTP as browsers do. bench/page.sh starts the program and calls this.
//
//   bench_page PORT [SECONDS]
//
// First one connection that asks for what it has already (304) and for a kept answer. Then each panel alone, never asked before (a choice nobody made yet), over 30 days and over the whole history: the
// best of five. Then fifty viewers at once, six kept connections each, who load the page, look at it for half a second
// to a second and load it again: the time of every request.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "http/testing/client.h"

namespace {

using Clock = std::chrono::steady_clock;
using Times = std::vector<double>;
using rcml::http::testing::Answer;
using rcml::http::testing::Client;
using rcml::http::testing::FieldMap;

constexpr int kViewers = 50;
constexpr size_t kConnections = 6;
constexpr int kRepeats = 5000;
const std::vector<std::string> kPanels{"kpis",     "last_week", "bot_share", "unique_visitors", "timeseries",
                                       "visitors", "devices",   "cities",    "pages",           "campaigns",
                                       "funnel",   "heatmap",   "events"};

double ms_since(Clock::time_point began) {
  return std::chrono::duration<double, std::milli>(Clock::now() - began).count();
}

std::optional<Answer> expect_ok(std::optional<Answer> answer, const std::string& path, int status = 200) {
  if (answer && answer->status == status) return answer;
  std::fprintf(stderr,
               "bench_page: error: %s was answered with %d\nbench_page: cure: is `rcml dashboard` running there?\n",
               path.c_str(), answer ? answer->status : 0);
  std::exit(3);
}

double panel_ms(Client& client, const std::string& panel, const std::string& range) {
  static int asked = 0;
  double best = 1e9;
  for (int turn = 0; turn < 5; ++turn) {
    const std::string path = "/api/" + panel + "?range=" + range +
                             "&device=mobile&device=desktop&device=tablet&device=nobody" + std::to_string(++asked);
    const auto began = Clock::now();
    expect_ok(client.get(path), path);
    best = std::min(best, ms_since(began));
  }
  return best;
}

// One kept connection that asks the same again and again; `status` 304 when it shows the tag it got before.
Times repeated(uint16_t port, const std::string& path, int status, int count) {
  Client client(port);
  FieldMap fields{{"Accept-Encoding", "gzip"}};
  const auto first = expect_ok(client.get(path, fields), path);
  if (status == 304) fields["If-None-Match"] = first->field("etag");
  Times times;
  for (int turn = 0; turn < count; ++turn) {
    const auto began = Clock::now();
    expect_ok(client.get(path, fields), path, status);
    times.push_back(ms_since(began));
  }
  std::sort(times.begin(), times.end());
  return times;
}

void one_connection(uint16_t port, size_t first, Clock::time_point end, Times& times) {
  Client client(port);
  const FieldMap fields{{"Accept-Encoding", "gzip"}};
  std::mt19937 random(static_cast<unsigned>(first + reinterpret_cast<uintptr_t>(&times)));
  const auto pause = [&](unsigned from_ms, unsigned to_ms) {
    std::this_thread::sleep_for(std::chrono::milliseconds(from_ms + random() % (to_ms - from_ms)));
  };
  pause(0, 1000);
  while (Clock::now() < end) {
    for (size_t panel = first; panel < kPanels.size(); panel += kConnections) {
      const std::string path = "/api/" + kPanels[panel];
      const auto began = Clock::now();
      expect_ok(client.get(path, fields), path);
      times.push_back(ms_since(began));
    }
    pause(500, 1000);
  }
}

Times fifty_viewers(uint16_t port, int seconds) {
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

double at(const Times& sorted, double share) {
  return sorted[static_cast<size_t>(static_cast<double>(sorted.size() - 1) * share)];
}

}  // namespace

int main(int argument_count, char** arguments) {
  const int port = argument_count > 1 ? std::atoi(arguments[1]) : 0;
  const int seconds = argument_count > 2 ? std::atoi(arguments[2]) : 10;
  if (port <= 0 || port > 65535 || seconds <= 0) {
    std::fputs("usage: bench_page PORT [SECONDS]\n", stderr);
    return 2;
  }
  const auto to = static_cast<uint16_t>(port);
  for (const auto& [name, status] : {std::pair{"unchanged (304)", 304}, {"kept answer (200)", 200}}) {
    const Times times = repeated(to, "/api/timeseries", status, kRepeats);
    std::printf("%-18s %d requests: p50 %.3f ms, p95 %.3f ms\n", name, kRepeats, at(times, 0.5), at(times, 0.95));
  }
  Client client(to);
  std::printf("%-18s %10s %10s\n", "panel, not cached", "30 days", "all");
  for (const std::string& panel : kPanels) {
    const double month = panel_ms(client, panel, "30d");
    std::printf("%-18s %7.0f ms %7.0f ms\n", panel.c_str(), month, panel_ms(client, panel, "all"));
  }
  const Times times = fifty_viewers(to, seconds);
  std::printf("%d viewers, %zu requests in %d s: p50 %.1f ms, p95 %.1f ms, p99 %.1f ms, most %.0f ms\n", kViewers,
              times.size(), seconds, at(times, 0.5), at(times, 0.95), at(times, 0.99), at(times, 1));
  return 0;
}
