#include "warehouse/load_steps.h"

#include "core/clock.h"
#include "core/crash_point.h"

namespace rcml::warehouse {
namespace {

constexpr LoadReport kOvertaken{.is_overtaken = true};

Status run_all(Transaction& open, const std::vector<std::string>& statements) {
  for (const std::string& sql : statements) RCML_OK(open.run(sql));
  return {};
}

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

Status set(Transaction& open, RawTable table, const std::optional<Watermark>& then) {
  if (!then) return {};
  return run_all(open, set_watermark_sql(open.target(), table, *then, sql_timestamp(utc_now())));
}

std::vector<std::string> dates_of_load(const std::vector<LakeFile>& files, const std::optional<LedgerView>& view) {
  return view ? std::vector<std::string>{view->dts.begin(), view->dts.end()} : dates_of(files);
}

}  // namespace

Result<LoadReport> load_missing(Transaction& open, RawTable table, const std::vector<LakeFile>& files,
                                const std::optional<LedgerView>& view, const std::optional<Watermark>& then) {
  RCML_TRY(const bool is_late, is_beyond(open, table, view ? view->version : kNewestVersion));
  if (is_late) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, dates_of_load(files, view)));
  if (view && !is_still_true(*view, lines)) return kOvertaken;
  RCML_TRY(const auto missing, not_loaded(table, files, lines));
  LoadReport report;
  report.files_already_there = static_cast<int64_t>(files.size() - missing.size());
  if (!missing.empty()) {
    RCML_OK(open.insert_rows(table, missing));
    RCML_OK(enter(open, table, missing));
  }
  RCML_OK(set(open, table, then));
  report.files_loaded = static_cast<int64_t>(missing.size());
  report.rows_loaded = total_rows(missing);
  return report;
}

Result<LoadReport> rename_lines(Transaction& open, RawTable table, const Renaming& renaming) {
  RCML_TRY(const bool is_late, is_beyond(open, table, renaming.version));
  if (is_late) return kOvertaken;
  RCML_TRY(const Ledger lines, lines_of(open, table, renaming.dts));
  const RenamingState state = state_of(renaming, lines);
  if (state == RenamingState::overtaken) return kOvertaken;
  if (state == RenamingState::to_do) {
    RCML_OK(check_renaming(table, renaming, lines));
    RCML_OK(run_all(open, forget_lines_sql(open.target(), table, renaming.from)));
    RCML_OK(enter(open, table, renaming.to));
  }
  RCML_OK(set(open, table, renaming.then));
  return LoadReport{};
}

Result<LoadReport> replace_rows(Transaction& open, RawTable table, const Replacement& replacement) {
  if (replacement.is_planned) {
    RCML_TRY(const bool is_late, is_beyond(open, table, replacement.version));
    if (is_late) return kOvertaken;
  }
  RCML_OK(open.run(delete_rows_sql(open.target(), table, replacement.dts)));
  RCML_OK(open.run(delete_ledger_sql(open.target(), table, replacement.dts)));
  RCML_OK(run_all(open, lower_watermark_sql(table, replacement.version)));
  LoadReport report;
  if (!replacement.live.empty()) {
    RCML_OK(open.insert_rows(table, replacement.live));
    RCML_OK(enter(open, table, replacement.live));
  }
  RCML_OK(set(open, table, replacement.then));
  report.files_loaded = static_cast<int64_t>(replacement.live.size());
  report.rows_loaded = total_rows(replacement.live);
  return report;
}

Status raise_watermark(Transaction& open, RawTable table, const Watermark& watermark) {
  RCML_TRY(const Watermark now, watermark_now(open, table));
  const bool is_further = now.table_id == watermark.table_id && now.version > watermark.version;
  return is_further ? Status() : set(open, table, watermark);
}

}  // namespace rcml::warehouse
