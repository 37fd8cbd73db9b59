#include "sink/committer.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "sink/finish_files.h"
#include "sink/marks.h"

namespace rcml::sink {
namespace {

std::vector<FileSet*> sets_of(Generation& generation) {
  std::vector<FileSet*> sets;
  for (FileSet& set : generation.file_sets) sets.push_back(&set);
  return sets;
}

FinishedFiles all_finished(Generation& generation) {
  FinishedFiles all;
  for (FileSet& set : generation.file_sets) {
    std::move(set.finished.clicks.begin(), set.finished.clicks.end(), std::back_inserter(all.clicks));
    std::move(set.finished.rejects.begin(), set.finished.rejects.end(), std::back_inserter(all.rejects));
  }
  return all;
}

struct MarkPair {
  lake::Marks expected;
  lake::Marks wanted;
};

// Two logs of one name may be read for the first time at the same moment: only one of them can come first.
void add_log(MarkPair& marks, const lake::Marks& started, const Generation& generation,
             const CommitterOptions& options) {
  const lake::Marks log = log_marks(started, options.group, options.topic, generation.log_id);
  if (log.empty()) return;
  const std::string app = log_app(options.group, options.topic);
  marks.expected[app] = value_in(started, app);
  marks.wanted.insert(log.begin(), log.end());
}

MarkPair clicks_marks(const Generation& generation, const CommitterOptions& options) {
  MarkPair marks;
  for (const auto& [partition, span] : generation.spans) {
    const std::string app = mark_app(options.group, options.topic, partition);
    marks.expected[app] = value_in(generation.clicks_started, app);
    marks.wanted[app] = span.next.value;
  }
  for (const auto& [app, version] : generation.gap_marks) marks.wanted[app] = version;
  add_log(marks, generation.clicks_started, generation, options);
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
  add_log(marks, generation.rejects_started, generation, options);
  return marks;
}

int64_t bytes_of(const std::vector<lake::DataFile>& files) {
  int64_t bytes = 0;
  for (const lake::DataFile& file : files) bytes += file.bytes;
  return bytes;
}

// What is asked of both commits together. The verdict is the last one's.
CommitReport sum_of(const Committer::TwoReports& reports) {
  if (!reports.rejects) return *reports.clicks;
  if (!reports.clicks) return *reports.rejects;
  CommitReport sum = *reports.clicks;
  sum.conflicts += reports.rejects->conflicts;
  sum.unknowns += reports.rejects->unknowns;
  sum.conflict_micros += reports.rejects->conflict_micros;
  return sum;
}

const char* to_text(OwnFiles files) {
  switch (files) {
    case OwnFiles::absent: return "no";
    case OwnFiles::in_log: return "yes";
    case OwnFiles::unclear: return "unknown";
  }
  return "unknown";
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
  const std::vector<FileSet*> sets = sets_of(*generation);
  if (Status status = finish_files(sets, options_.finishers); !status.ok()) {
    for (const FileSet* set : sets) {
      remove_files(set->clicks_paths, tables_.clicks->location());
      remove_files(set->rejects_paths, tables_.rejects->location());
    }
    return status.take_error();
  }
  crash_point("sink.after_finish");
  const FinishedFiles finished = all_finished(*generation);
  RCML_TRY(const TwoReports reports, commit_both(*generation, finished));
  const CommitReport report = sum_of(reports);
  metrics_.conflicts += report.conflicts;
  metrics_.unknowns += report.unknowns;
  metrics_.conflict_micros_total += report.conflict_micros;
  if (is_ours(report.verdict)) {
    note_commit(*generation, report, finished.clicks, monotonic_now().value - began.value);
    return GenerationResult{GenerationOutcome::committed, generation};
  }
  ++metrics_.commits_moved;
  drop(*generation, reports);
  return GenerationResult{GenerationOutcome::moved, generation};
}

Result<Committer::TwoReports> Committer::commit_both(const Generation& generation, const FinishedFiles& finished) {
  TwoReports reports;
  if (!finished.rejects.empty()) {
    const MarkPair marks = rejects_marks(generation, options_);
    crash_point("sink.before_rejects_commit");
    RCML_TRY(reports.rejects,
             rejects_commit_.commit(*tables_.rejects, {.adds = finished.rejects, .marks = marks.wanted}, marks.expected,
                                    options_.limits));
    crash_point("sink.after_rejects_commit");
    // Overtaken too: the other worker may have had other limits, and its rejects be rows of ours.
    if (!is_ours(reports.rejects->verdict)) return reports;
  }
  const MarkPair marks = clicks_marks(generation, options_);
  crash_point("sink.before_clicks_commit");
  RCML_TRY(reports.clicks, clicks_commit_.commit(*tables_.clicks, {.adds = finished.clicks, .marks = marks.wanted},
                                                 marks.expected, options_.limits));
  crash_point("sink.after_clicks_commit");
  return reports;
}

// For a generation that another worker overtook: removes the files that no commit will name, and logs what is left.
void Committer::drop(const Generation& generation, const TwoReports& reports) {
  const OwnFiles clicks = reports.clicks ? reports.clicks->files : OwnFiles::absent;
  const OwnFiles rejects = reports.rejects ? reports.rejects->files : OwnFiles::absent;
  int64_t removed = 0;
  for (const FileSet& set : generation.file_sets) {
    if (clicks == OwnFiles::absent) removed += remove_files(set.clicks_paths, tables_.clicks->location());
    if (rejects == OwnFiles::absent) removed += remove_files(set.rejects_paths, tables_.rejects->location());
  }
  log_warn("another worker moved our partition: what we held is dropped and read again from its marks",
           {{"rows", generation.counts.rows.load()},
            {"rows_in_lake", to_text(clicks)},
            {"rejects", generation.counts.rejects.load()},
            {"rejects_in_lake", to_text(rejects)},
            {"files_removed", removed}});
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
