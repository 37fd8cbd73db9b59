#include "cli/progress.h"

#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace rcml::cli {

ProgressLine::ProgressLine(std::function<std::string()> text) : text_(std::move(text)) {
  if (isatty(STDERR_FILENO) == 1) thread_ = std::thread([this] { run(); });
}

ProgressLine::~ProgressLine() {
  is_over_ = true;
  if (!thread_.joinable()) return;
  thread_.join();
  std::fputs("\r\033[K", stderr);
}

void ProgressLine::run() {
  while (!is_over_) {
    for (int i = 0; i < 10 && !is_over_; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    std::fprintf(stderr, "\r\033[K%s", text_().c_str());
    std::fflush(stderr);
  }
}

std::string short_count(double value) {
  const char* const units[] = {"", " k", " M", " G", " T"};
  size_t unit = 0;
  for (; value >= 1000 && unit + 1 < std::size(units); ++unit) value /= 1000;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f%s" : "%.2f%s", value, units[unit]);
  return text;
}

}  // namespace rcml::cli
