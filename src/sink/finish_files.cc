#include "sink/finish_files.h"

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <utility>

namespace rcml::sink {
namespace {

struct FinishTask {
  std::function<Result<lake::DataFile>()> finish;
  std::vector<lake::DataFile>* finished = nullptr;
  std::optional<Result<lake::DataFile>> outcome;
};

// Each task owns its file and frees it when it is closed. Shared only because std::function wants to be copied.
template <class Writers>
void add_tasks(Writers& writers, std::vector<lake::DataFile>& finished, std::vector<FinishTask>& tasks) {
  for (auto& [dt, writer] : writers) {
    std::shared_ptr file = std::move(writer);
    tasks.push_back({[file]() mutable { return std::exchange(file, nullptr)->finish(); }, &finished, std::nullopt});
  }
  writers.clear();
}

void run_all(std::vector<FinishTask>& tasks, int32_t thread_count) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < tasks.size(); i = next.fetch_add(1)) tasks[i].outcome = tasks[i].finish();
  };
  std::vector<std::future<void>> threads;
  for (size_t i = 1; i < std::min(tasks.size(), static_cast<size_t>(thread_count)); ++i)
    threads.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& thread : threads) thread.get();
}

}  // namespace

Status finish_files(std::vector<FileSet*> sets, int32_t threads) {
  std::vector<FinishTask> tasks;
  for (FileSet* set : sets) {
    add_tasks(set->clicks, set->finished.clicks, tasks);
    add_tasks(set->rejects, set->finished.rejects, tasks);
  }
  run_all(tasks, threads);
  Status status;
  for (FinishTask& task : tasks) {
    if (task.outcome->ok()) {
      task.finished->push_back(**std::move(task.outcome));
    } else if (status.ok()) {
      status = task.outcome->take_error();
    }
  }
  return status;
}

int64_t remove_files(const std::vector<std::string>& paths, const lake::Location& table) {
  int64_t removed = 0;
  for (const std::string& path : paths) {
    // An unreachable store would cost its time-out for each.
    if (!table.remove(path).ok()) break;
    ++removed;
  }
  return removed;
}

}  // namespace rcml::sink
