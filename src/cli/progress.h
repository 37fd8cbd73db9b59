// cli/progress.h: one line on a terminal that says how long work is getting on; nothing when stderr is no terminal.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace rcml::cli {

class ProgressLine {
 public:
  // `text` is called from a thread of its own, twice a second.
  explicit ProgressLine(std::function<std::string()> text);
  ~ProgressLine();  // Clears the line.

 private:
  void run();
  std::function<std::string()> text_;
  std::atomic<bool> is_over_{false};
  std::thread thread_;
};

// 1234567 -> "1.23 M"; for people only.
std::string short_count(double value);

}  // namespace rcml::cli
