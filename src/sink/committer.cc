#include "sink/committer.h"

#include <algorithm>
#include <chrono>
#include <functional>
#include <future>
#include <utility>

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "sink/marks.h"

namespace rcml::sink {
namespace {

struct FinishedFiles {
  std::vector<lake::DataFile> clicks;
  std::vector<lake::DataFile> rejects;
};

struct FinishTask {
  std::function<Result<lake::DataFile>()> finish;
  bool is_click = true;
};

std::vector<FinishTask> finish_tasks(Generation& generation) {
  std::vector<FinishTask> tasks;
  for (FileSet& set : generation.file_sets) {
    for (auto& [dt, file] : set.clicks) tasks.push_back({[&file = *file] { return file.finish(); }, true});
    for (auto& [dt, file] : set.rejects) tasks.push_back({[&file = *file] { return file.finish(); }, false});
  }
  return tasks;
}

// Files are closed a few at a time: on S3 each is an upload.
Result<FinishedFiles> finish_files(Generation& generation, int32_t finishers) {
  std::vector<FinishTask> tasks = finish_tasks(generation);
  std::vector<std::optional<Result<lake::DataFile>>> results(tasks.size());
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i = next.fetch_add(1); i < tasks.size(); i = next.fetch_add(1)) results[i] = tasks[i].finish();
  };
  std::vector<std::future<void>> threads;
  const size_t thread_count = std::min(tasks.size(), static_cast<size_t>(finishers));
  for (size_t i = 1; i < thread_count; ++i) threads.push_back(std::async(std::launch::async, work));
  work();
  for (std::future<void>& thread : threads) thread.get();
  FinishedFiles files;
  for (size_t i = 0; i < tasks.size(); ++i) {
    RCML_TRY(lake::DataFile file, *std::move(results[i]));
    (tasks[i].is_click ? files.clicks : files.rejects).push_back(std::move(file));
  }
  return files;
}

// No commit has named these files yet, so they are nobody's. What cannot be removed is left to `lake vacuum`.
void remove_files(const Generation& generation, const lake::LakeTables& tables) {
  for (const FileSet& set : generation.file_sets) {
    for (const std::string& path : set.clicks_paths) (void)tables.clicks->location().remove(path).ok();
    for (const std::string& path : set.rejects_paths) (void)tables.rejects->location().remove(path).ok();
  }
}

struct MarkPair {
  lake::Marks expected;
  lake::Marks wanted;
};

int64_t value_in(const lake::Marks& marks, const std::string& app) {
  const auto mark = marks.find(app);
  return mark == marks.end() ? -1 : mark->second;
}

MarkPair clicks_marks(const Generation& generation, const CommitterOptions& options) {
  MarkPair marks;
  for (const auto& [partition, span] : generation.spans) {
    const std::string app = mark_app(options.group, options.topic, partition);
    marks.expected[app] = value_in(generation.clicks_started, app);
    marks.wanted[app] = span.next.value;
  }
  for (const auto& [app, version] : generation.gap_marks) marks.wanted[app] = version;
  return marks;
}

// As for clicks, but never moving a mark back: while events of an earlier, half-done commit are read again, the mark is
// ahead of us already, and a mark of its own tells our commit apart.
MarkPair rejects_marks(const Generation& generation, const CommitterOptions& options) {
  MarkPair marks;
  for (const auto& [partition, span] : generation.spans) {
    std::string app = mark_app(options.group, options.topic, partition);
    if (value_in(generation.rejects_started, app) >= span.next.value) app += "/replayed";
    marks.expected[app] = value_in(generation.rejects_started, app);
    marks.wanted[app] = span.next.value;
  }
  return marks;
}

int64_t bytes_of(const std::vector<lake::DataFile>& files) {
  int64_t bytes = 0;
  for (const lake::DataFile& file : files) bytes += file.bytes;
  return bytes;
}

}  // namespace

Committer::Committer(CommitterOptions options, lake::LakeTables& tables, Metrics& metrics)
    : options_(std::move(options)), tables_(tables), metrics_(metrics), thread_([this] { run(); }) {}

Committer::~Committer() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

bool Committer::is_free() const {
  const std::lock_guard lock(mutex_);
  return !is_busy_ && !result_;
}

void Committer::start(std::shared_ptr<Generation> generation) {
  {
    const std::lock_guard lock(mutex_);
    RCML_CHECK(!waiting_ && !result_);
    waiting_ = std::move(generation);
    is_busy_ = true;
  }
  wake_.notify_one();
}

std::optional<Result<GenerationResult>> Committer::take_result() { return wait_result(Millis(0)); }

std::optional<Result<GenerationResult>> Committer::wait_result(Millis wait_max) {
  std::unique_lock lock(mutex_);
  done_.wait_for(lock, std::chrono::milliseconds(wait_max.value), [this] { return result_.has_value(); });
  return std::exchange(result_, std::nullopt);
}

void Committer::run() {
  while (true) {
    std::shared_ptr<Generation> generation;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return is_stopping_ || waiting_; });
      if (is_stopping_) return;
      generation = std::exchange(waiting_, nullptr);
    }
    Result<GenerationResult> result = commit(generation);
    generation.reset();
    {
      const std::lock_guard lock(mutex_);
      result_ = std::move(result);
      is_busy_ = false;
    }
    done_.notify_all();
  }
}

Result<GenerationResult> Committer::commit(const std::shared_ptr<Generation>& generation) {
  const UtcMicros began = monotonic_now();
  crash_point("sink.before_finish");
  Result<FinishedFiles> finished = finish_files(*generation, options_.finishers);
  if (!finished.ok()) {
    for (FileSet& set : generation->file_sets) {
      set.clicks.clear();
      set.rejects.clear();
    }
    remove_files(*generation, tables_);
    return finished.take_error();
  }
  crash_point("sink.after_finish");
  GenerationResult result{.generation = generation};
  CommitReport rejects_report;
  if (!finished->rejects.empty()) {
    const MarkPair marks = rejects_marks(*generation, options_);
    crash_point("sink.before_rejects_commit");
    RCML_TRY(rejects_report,
             rejects_commit_.commit(*tables_.rejects, {.adds = finished->rejects, .marks = marks.wanted},
                                    marks.expected, options_.limits));
    crash_point("sink.after_rejects_commit");
  }
  CommitReport report = rejects_report;
  if (rejects_report.verdict != Verdict::moved) {
    const MarkPair marks = clicks_marks(*generation, options_);
    crash_point("sink.before_clicks_commit");
    RCML_TRY(report, clicks_commit_.commit(*tables_.clicks, {.adds = finished->clicks, .marks = marks.wanted},
                                           marks.expected, options_.limits));
    crash_point("sink.after_clicks_commit");
    report.conflicts += rejects_report.conflicts;
    report.unknowns += rejects_report.unknowns;
    report.conflict_micros += rejects_report.conflict_micros;
  }
  metrics_.conflicts += report.conflicts;
  metrics_.unknowns += report.unknowns;
  metrics_.conflict_micros_total += report.conflict_micros;
  const int64_t micros = monotonic_now().value - began.value;
  if (report.verdict == Verdict::moved) {
    ++metrics_.commits_moved;
    result.outcome = GenerationOutcome::moved;
    log_warn("another worker moved our partition, dropping what we held", {{"rows", generation->counts.rows.load()}});
    return result;
  }
  note_commit(*generation, report, finished->clicks, micros);
  return result;
}

void Committer::note_commit(const Generation& generation, const CommitReport& report,
                            const std::vector<lake::DataFile>& files, int64_t micros) {
  const int64_t rows = generation.counts.rows.load();
  const int64_t rejects = generation.counts.rejects.load();
  metrics_.rows_committed += rows;
  metrics_.rejects_committed += rejects;
  for (size_t i = 0; i < metrics_.rejects_by_reason.size(); ++i)
    metrics_.rejects_by_reason[i] += generation.counts.rejects_by_reason[i].load();
  int64_t cut = 0;
  for (size_t i = 0; i < metrics_.cuts_by_column.size(); ++i) {
    const int64_t count = generation.counts.cuts_by_column[i].load();
    metrics_.cuts_by_column[i] += count;
    cut += count;
  }
  metrics_.tombstones_committed += generation.counts.tombstones.load();
  metrics_.files_committed += static_cast<int64_t>(files.size());
  metrics_.file_bytes_committed += bytes_of(files);
  ++metrics_.commits;
  if (report.verdict == Verdict::already_there) ++metrics_.commits_already_there;
  metrics_.commit_micros_total += micros;
  metrics_.last_commit_micros = micros;
  const int64_t newest = generation.counts.newest_event_ts.load();
  if (newest > metrics_.newest_event_ts.load()) metrics_.newest_event_ts = newest;
  log_info("commit done", {{"version", report.version.value},
                           {"rows", rows},
                           {"rejects", rejects},
                           {"texts_cut", cut},
                           {"files", files.size()},
                           {"bytes", bytes_of(files)},
                           {"conflicts", report.conflicts},
                           {"conflict_ms", report.conflict_micros / 1000},
                           {"ms", micros / 1000}});
}

}  // namespace rcml::sink
