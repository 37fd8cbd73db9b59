#include "warehouse/load_steps.h"

#include "core/clock.h"
#include "core/crash_point.h"

namespace rcml::warehouse {
namespace {

constexpr LoadReport kOvertaken{.is_overtaken = true};

Status enter(Transaction& open, RawTable table, const std::vector<LakeFile>& files) {
  crash_point("load.before_ledger");
  return run_all(open, insert_ledger_sql(open.target(), table, files, sql_timestamp(utc_now())));
}

Result<Watermark> watermark_now(Transaction& open, RawTable table) {
  RCML_TRY(const auto rows, open.select(select_watermark_sql(table, true)));
  return watermark_from_rows(rows);
}

Result<Ledger> lines_of(Transaction& open, RawTable table, const std::vector<std::string>& dts) {
  RCML_TRY(const auto rows, open.select(select_dates_sql(open.target(), table, dts)));
  return ledger_from_rows(table, rows);
}

Result<bool> is_beyond(Transaction& open, RawTable table, TableVersion version) {
  if (version == kNewestVersion) return false;
  RCML_TRY(const Watermark now, watermark_now(open, table));
  return now.version > version;
}

Result<Origin> origin_now(Transaction& open, RawTable table) {
  RCML_TRY(const auto rows, open.select(select_origin_sql(table)));
  return origin_from_rows(rows);
}

Result<bool> is_goal_lost(Transaction& open, RawTable table, const std::optional<Goal>& then) {
  if (!then || !then->steps) return false;
  RCML_TRY(const Origin origin, origin_now(open, table));
  return origin.steps != *then->steps;
}

Status count_step(Transaction& open, RawTable table) {
  RCML_TRY(Origin origin, origin_now(open, table));
  ++origin.steps;
  return run_all(open, set_origin_sql(open.target(), table, origin));
}

Status set(Transaction& open, RawTable table, const std::optional<Goal>& then) {
  if (!then) return {};
  RCML_TRY(const Origin origin, origin_now(open, table));
  RCML_OK(run_all(open, set_watermark_sql(open.target(), table, then->watermark, sql_timestamp(utc_now()))));
  return run_all(
      open, set_origin_sql(open.target(), table, {then->watermark.version, then->watermark.table_id, origin.steps}));
}

std::vector<std::string> dates_of_load(const std::vector<LakeFile>& files, const std::optional<LedgerView>& view) {
  return view ? std::vector<std::string>{view->dts.begin(), view->dts.end()} : dates_of(files);
}

}  // namespace

Status run_all(Transaction& open, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) RCML_OK(open.run(sql));
  return {};
}

Result<LoadReport> load_missing(Transaction& open, RawTable table, const std::vector<LakeFile>& files,
                                const std::optional<LedgerView>& view, const std::optional<Goal>& then) {
  RCML_TRY(const bool is_late, is_beyond(open, table, view ? view->version : kNewestVersion));
  RCML_TRY(const bool is_lost, is_goal_lost(open, table, then));
  if (is_late || is_lost) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, dates_of_load(files, view)));
  if (view && !is_still_true(*view, lines)) return kOvertaken;
  RCML_TRY(const auto missing, not_loaded(table, files, lines));
  LoadReport report;
  report.files_already_there = static_cast<int64_t>(files.size() - missing.size());
  if (!missing.empty()) {
    RCML_OK(open.insert_rows(table, missing));
    RCML_OK(enter(open, table, missing));
    RCML_OK(count_step(open, table));
    report.is_step = true;
  }
  RCML_OK(set(open, table, then));
  report.files_loaded = static_cast<int64_t>(missing.size());
  report.rows_loaded = total_rows(missing);
  return report;
}

Result<LoadReport> rename_lines(Transaction& open, RawTable table, const Renaming& renaming) {
  RCML_TRY(const bool is_late, is_beyond(open, table, renaming.version));
  RCML_TRY(const bool is_lost, is_goal_lost(open, table, renaming.then));
  if (is_late || is_lost) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, renaming.dts));
  const RenamingState state = state_of(renaming, lines);
  if (state == RenamingState::overtaken) return kOvertaken;
  if (state == RenamingState::to_do) {
    RCML_OK(check_renaming(table, renaming, lines));
    RCML_OK(run_all(open, forget_lines_sql(open.target(), table, renaming.from)));
    RCML_OK(enter(open, table, renaming.to));
    RCML_OK(count_step(open, table));
  }
  RCML_OK(set(open, table, renaming.then));
  return LoadReport{.is_step = state == RenamingState::to_do};
}

Result<LoadReport> replace_rows(Transaction& open, RawTable table, const Replacement& replacement) {
  if (replacement.is_planned) {
    RCML_TRY(const bool is_late, is_beyond(open, table, replacement.version));
    RCML_TRY(const bool is_lost, is_goal_lost(open, table, replacement.then));
    if (is_late || is_lost) return kOvertaken;
  }
  RCML_OK(open.run(delete_rows_sql(open.target(), table, replacement.dts)));
  RCML_OK(open.run(delete_ledger_sql(open.target(), table, replacement.dts)));
  RCML_OK(run_all(open, lower_watermark_sql(table, replacement.version)));
  RCML_OK(count_step(open, table));
  LoadReport report{.is_step = true};
  if (!replacement.live.empty()) {
    RCML_OK(open.insert_rows(table, replacement.live));
    RCML_OK(enter(open, table, replacement.live));
  }
  RCML_OK(set(open, table, replacement.then));
  report.files_loaded = static_cast<int64_t>(replacement.live.size());
  report.rows_loaded = total_rows(replacement.live);
  return report;
}

Result<LoadReport> raise_watermark(Transaction& open, RawTable table, const Goal& goal) {
  RCML_TRY(const bool is_lost, is_goal_lost(open, table, goal));
  if (is_lost) return kOvertaken;
  RCML_TRY(const Watermark now, watermark_now(open, table));
  const bool is_further = now.table_id == goal.watermark.table_id && now.version > goal.watermark.version;
  if (!is_further) RCML_OK(set(open, table, goal));
  return LoadReport{};
}

}  // namespace rcml::warehouse
