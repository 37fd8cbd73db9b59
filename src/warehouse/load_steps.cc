#include "warehouse/load_steps.h"

#include <algorithm>

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

bool is_goal_lost(const Origin& origin, const std::optional<Goal>& then) {
  return then && then->steps && origin.steps != *then->steps;
}

// The last statements of a transaction. `origin` as it was at its beginning: nobody else changes it meanwhile.
Status finish(Transaction& open, RawTable table, Origin origin, bool is_step, const std::optional<Goal>& then) {
  if (!is_step && !then) return {};
  if (is_step) ++origin.steps;
  if (then) {
    RCML_OK(run_all(open, set_watermark_sql(open.target(), table, then->watermark, sql_timestamp(utc_now()))));
    origin.version = then->watermark.version;
    origin.table_id = then->watermark.table_id;
  }
  return run_all(open, set_origin_sql(open.target(), table, origin));
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
  RCML_TRY(const Origin origin, origin_now(open, table));
  if (is_late || is_goal_lost(origin, then)) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, dates_of_load(files, view)));
  if (view && !is_still_true(*view, lines)) return kOvertaken;
  RCML_TRY(const auto missing, not_loaded(table, files, lines));
  LoadReport report;
  report.files_already_there = static_cast<int64_t>(files.size() - missing.size());
  if (!missing.empty()) {
    RCML_OK(open.insert_rows(table, missing));
    RCML_OK(enter(open, table, missing));
    report.is_step = true;
  }
  RCML_OK(finish(open, table, origin, report.is_step, then));
  report.files_loaded = static_cast<int64_t>(missing.size());
  report.rows_loaded = total_rows(missing);
  return report;
}

Result<LoadReport> rename_lines(Transaction& open, RawTable table, const Renaming& renaming) {
  RCML_TRY(const bool is_late, is_beyond(open, table, renaming.version));
  RCML_TRY(const Origin origin, origin_now(open, table));
  if (is_late || is_goal_lost(origin, renaming.then)) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, renaming.dts));
  const RenamingState state = state_of(renaming, lines);
  if (state == RenamingState::overtaken) return kOvertaken;
  if (state == RenamingState::to_do) {
    RCML_OK(check_renaming(table, renaming, lines));
    RCML_OK(run_all(open, forget_lines_sql(open.target(), table, renaming.from)));
    RCML_OK(enter(open, table, renaming.to));
  }
  const bool is_step = state == RenamingState::to_do;
  RCML_OK(finish(open, table, origin, is_step, renaming.then));
  return LoadReport{.is_step = is_step};
}

Result<LoadReport> replace_rows(Transaction& open, RawTable table, const Replacement& replacement) {
  RCML_TRY(Origin origin, origin_now(open, table));
  if (replacement.is_planned) {
    RCML_TRY(const bool is_late, is_beyond(open, table, replacement.version));
    if (is_late || is_goal_lost(origin, replacement.then)) return kOvertaken;
  }
  RCML_OK(open.run(delete_rows_sql(open.target(), table, replacement.dts)));
  RCML_OK(open.run(delete_ledger_sql(open.target(), table, replacement.dts)));
  RCML_OK(open.run(lower_watermark_sql(table, replacement.version)));
  origin.version = std::min(origin.version, replacement.version);
  LoadReport report{.is_step = true};
  if (!replacement.live.empty()) {
    RCML_OK(open.insert_rows(table, replacement.live));
    RCML_OK(enter(open, table, replacement.live));
  }
  RCML_OK(finish(open, table, origin, report.is_step, replacement.then));
  report.files_loaded = static_cast<int64_t>(replacement.live.size());
  report.rows_loaded = total_rows(replacement.live);
  return report;
}

Result<LoadReport> raise_watermark(Transaction& open, RawTable table, const Goal& goal) {
  RCML_TRY(const Origin origin, origin_now(open, table));
  if (is_goal_lost(origin, goal)) return kOvertaken;
  RCML_TRY(const Watermark now, watermark_now(open, table));
  const bool is_further = now.table_id == goal.watermark.table_id && now.version > goal.watermark.version;
  if (!is_further) RCML_OK(finish(open, table, origin, false, goal));
  return LoadReport{};
}

}  // namespace rcml::warehouse
