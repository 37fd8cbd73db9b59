#include "loader/load.h"

#include "core/clock.h"
#include "core/log.h"
#include "core/stop.h"
#include "loader/comparison.h"
#include "loader/passing_files.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::LiveFiles;
using warehouse::LoadReport;
using warehouse::RawTable;
using warehouse::Warehouse;

constexpr size_t kRenamedLinesMax = 50'000;
constexpr int kPlansMax = 50;  // Each new plan means that another loader got something done.

// What one plan is carried out with.
struct Work {
  const TablePair& tables;
  Warehouse& target;
  const LoadOptions& options;
  LoadProgress& progress;
  PassingFiles files;
  warehouse::Watermark goal;  // Set in the transaction of the last step.
  size_t steps_left = 0;
  int64_t steps_seen = 0;  // Warehouse::steps() when the plan was made, and our own since.
};

// What the next transaction of the plan also does.
std::optional<warehouse::Goal> goal_of_step(Work& work) {
  if (--work.steps_left > 0) return std::nullopt;
  return warehouse::Goal(work.goal, work.steps_seen);
}

void add(LoadProgress& progress, const LoadReport& one) {
  progress.report.files_loaded += one.files_loaded;
  progress.report.files_already_there += one.files_already_there;
  progress.report.rows_loaded += one.rows_loaded;
}

// Dates with a file whose bytes vacuum has taken.
std::set<std::string> gone_files(const lake::Table& table, const LoadPlan& plan) {
  std::set<std::string> gone;
  for (const DataFile& file : plan.files) {
    const std::string key = lake::live_key(file);
    if (plan.merged_away.contains(key) && !table.location().read(file.path).ok()) gone.insert(key);
  }
  return gone;
}

// False when another loader was faster.
Result<bool> replace_group(Work& work, const std::vector<DataFile>& files, warehouse::Replacement replacement) {
  const lake::Table& table = work.tables.lake;
  replacement.version = table.version();
  RCML_TRY(replacement.live, work.files.prepare(files, table.version()));
  RCML_TRY(const LoadReport report, work.target.replace(work.tables.raw, replacement));
  work.files.remove_all();
  if (report.is_overtaken) return false;
  work.steps_seen += report.is_step ? 1 : 0;
  add(work.progress, report);
  work.progress.rows_done += report.rows_loaded;
  log_info("dates loaded again", {{"table", name_of(work.tables.raw)},
                                  {"from", replacement.dts.front()},
                                  {"to", replacement.dts.back()},
                                  {"dates", replacement.dts.size()},
                                  {"files", report.files_loaded},
                                  {"rows", report.rows_loaded}});
  return true;
}

// False when another loader has changed the dates of the batch meanwhile.
Result<bool> load_batch(Work& work, const std::vector<DataFile>& batch, const warehouse::LedgerView& view) {
  const UtcMicros began = monotonic_now();
  RCML_TRY(const auto files, work.files.prepare(batch, work.tables.lake.version()));
  RCML_TRY(const LoadReport report, work.target.load(work.tables.raw, files, view, goal_of_step(work)));
  work.files.remove_all();
  if (report.is_overtaken) return false;
  work.steps_seen += report.is_step ? 1 : 0;
  add(work.progress, report);
  for (const warehouse::LakeFile& file : files) work.progress.rows_done += file.row_count;
  log_info("load done", {{"table", name_of(work.tables.raw)},
                         {"files", report.files_loaded},
                         {"rows", report.rows_loaded},
                         {"already_there", report.files_already_there},
                         {"ms", (monotonic_now().value - began.value) / 1000}});
  return true;
}

Result<bool> rename(Work& work, const DateNames& names) {
  const TableVersion version = work.tables.lake.version();
  warehouse::Renaming renaming{names.dts, names.from, {}, version, goal_of_step(work)};
  for (const DataFile& file : names.to) renaming.to.push_back(lake_file(work.tables.lake, file, version));
  RCML_TRY(const LoadReport report, work.target.rename(work.tables.raw, renaming));
  if (report.is_overtaken) return false;
  work.steps_seen += report.is_step ? 1 : 0;
  log_info("files were merged in the lake",
           {{"table", name_of(work.tables.raw)}, {"files_before", names.from.size()}, {"files", names.to.size()}});
  return true;
}

// What a plan comes down to: each element is one transaction.
struct Steps {
  std::vector<DateGroup> again;
  std::vector<std::vector<DataFile>> batches;
  std::vector<DateNames> renamings;
  size_t size() const { return again.size() + batches.size() + renamings.size(); }
};

Result<Steps> steps_of(const Work& work, const LoadPlan& plan) {
  Steps steps;
  if (!plan.again.empty()) {
    RCML_TRY(const LiveFiles live, live_files_by_key(work.tables.lake));
    steps.again = groups_of(plan.again, live, work.options.limits);
  }
  steps.batches = batches_of(plan.files, work.options.limits);
  steps.renamings = renamings_of(plan, kRenamedLinesMax);
  return steps;
}

int64_t rows_planned(const Steps& steps, const LoadPlan& plan) {
  int64_t rows = plan.row_count();
  for (const DateGroup& group : steps.again) {
    for (const DataFile& file : group.files) rows += lake::known_rows(file);
  }
  return rows;
}

// False when another loader was faster: compare again. A stop leaves the rest to the next run.
Result<bool> carry_out(Work& work, const LoadPlan& plan, const Ledger& ledger) {
  RCML_TRY(const Steps steps, steps_of(work, plan));
  work.progress.rows_planned += rows_planned(steps, plan);
  work.steps_left = steps.size();
  for (const DateGroup& group : steps.again) {
    if (stop_requested()) return true;
    warehouse::Replacement replacement;
    replacement.dts = group.dts;
    replacement.is_planned = true;
    replacement.then = goal_of_step(work);
    RCML_TRY(const bool is_done, replace_group(work, group.files, std::move(replacement)));
    if (!is_done) return false;
  }
  for (const auto& batch : steps.batches) {
    if (stop_requested()) return true;
    warehouse::LedgerView view = view_of(batch, plan, ledger);
    view.version = work.tables.lake.version();
    RCML_TRY(const bool is_done, load_batch(work, batch, view));
    if (!is_done) return false;
  }
  for (const DateNames& names : steps.renamings) {
    if (stop_requested()) return true;
    RCML_TRY(const bool is_done, rename(work, names));
    if (!is_done) return false;
  }
  if (steps.size() > 0) return true;
  RCML_TRY(const LoadReport report, work.target.set_watermark(work.tables.raw, {work.goal, work.steps_seen}));
  return !report.is_overtaken;
}

Result<bool> try_load(Work& work) {
  lake::Table& table = work.tables.lake;
  // Before anything that the plan is made from.
  RCML_TRY(work.steps_seen, work.target.steps(work.tables.raw));
  RCML_TRY(const warehouse::Watermark mark, work.target.watermark(work.tables.raw));
  // After the warehouse: another loader may have seen a newer lake than we.
  RCML_OK(table.refresh());
  RCML_OK(check_same_table(work.tables, mark));
  work.goal = {table.version(), table.id()};
  if (mark == work.goal && !work.options.compares_all) return true;
  RCML_TRY(const Comparison found, work.options.compares_all ? compare_all(work.tables, work.target, mark)
                                                             : compare_new(work.tables, work.target, mark));
  const LoadPlan wanted = plan_load(found.dates);
  return carry_out(work, without_gone(wanted, gone_files(table, wanted)), found.ledger);
}

}  // namespace

Status load_table(const TablePair& tables, Warehouse& target, const LoadOptions& options, LoadProgress& progress) {
  Work work{tables, target, options, progress, {tables.lake, tables.columns, options.passing_folder}, {}};
  for (int plans = 0; plans < kPlansMax; ++plans) {
    RCML_TRY(const bool is_done, try_load(work));
    if (is_done) return {};
    log_info("another loader was faster; comparing again", {{"table", name_of(tables.raw)}});
  }
  return unavailable(
      std::string("other loaders were faster ") + std::to_string(kPlansMax) + " times at " + name_of(tables.raw),
      "Nothing is wrong; run it again when fewer loaders are busy");
}

Status replace_dates(const TablePair& tables, const DtRange& range, Warehouse& target, const LoadOptions& options,
                     LoadProgress& progress) {
  RCML_TRY(const warehouse::Watermark mark, target.watermark(tables.raw));
  RCML_OK(tables.lake.refresh());
  const bool is_whole = range == DtRange::all();
  if (!is_whole) RCML_OK(check_same_table(tables, mark));
  RCML_TRY(const Ledger ledger, target.ledger(tables.raw));
  RCML_TRY(const LiveFiles live, live_files_by_key(tables.lake));
  for (const auto& [key, file] : live) RCML_OK(check_file(tables.lake, file));
  Work work{tables, target, options, progress, {tables.lake, tables.columns, options.passing_folder}, {}};
  work.goal = {tables.lake.version(), tables.lake.id()};
  const std::set<std::string> dts = dates_within(range, ledger, live);
  // A person wants these dates replaced: one transaction, however large.
  std::vector<DataFile> files;
  for (const auto& [key, file] : live) {
    if (dts.contains(lake::dt_of_key(key))) files.push_back(file);
  }
  for (const DataFile& file : files) progress.rows_planned += lake::known_rows(file);
  if (dts.empty()) {
    if (is_whole) RCML_OK(target.set_watermark(tables.raw, work.goal));
    return {};
  }
  warehouse::Replacement replacement;
  replacement.dts = {dts.begin(), dts.end()};
  if (is_whole) replacement.then = work.goal;
  RCML_OK(replace_group(work, files, std::move(replacement)));
  return {};
}

Result<std::string> dry_run(const TablePair& tables, Warehouse& target, const LoadOptions& options) {
  RCML_OK(tables.lake.refresh());
  RCML_TRY(const LiveFiles live, live_files_by_key(tables.lake));
  std::vector<DataFile> files;
  for (const auto& [key, file] : live) files.push_back(file);
  const auto batches = batches_of(files, options.limits);
  std::string text;
  for (size_t i = 0; i < batches.size(); ++i) {
    std::vector<warehouse::LakeFile> batch;
    for (const DataFile& file : batches[i]) {
      batch.push_back(lake_file(tables.lake, file, tables.lake.version()));
      batch.back().row_count += file.deleted_row_count;  // The file is looked at as it lies, not copied without them.
    }
    RCML_TRY(const std::string sql, target.dry_run(tables.raw, batch));
    text += std::string("-- ") + name_of(tables.raw) + ", batch " + std::to_string(i + 1) + " of " +
            std::to_string(batches.size()) + ": " + std::to_string(batches[i].size()) + " files\n" + sql + "\n";
  }
  return text;
}

}  // namespace rcml::loader
