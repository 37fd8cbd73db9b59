// warehouse/ledger_sql.h: the statements on raw.load_ledger and raw.load_watermark, the same on every target; and what
// the ledger's answer means for a load. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/result.h"
#include "warehouse/raw_schema.h"

namespace rcml::warehouse {

// Path (no prefix) -> rows.
using Ledger = std::map<std::string, int64_t>;

// (file_path with prefix, row_count) of all lines of these dates. No select names files: Redshift takes no statement above
// 16 MB, and there may be 100,000 files.
std::string select_dates_sql(Target target, RawTable table, const std::vector<std::string>& dts);
std::string select_whole_ledger_sql(Target target, RawTable table);
// One statement for some thousand lines, for the same reason.
std::vector<std::string> insert_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files,
                                           const std::string& now_utc);
std::vector<std::string> forget_lines_sql(Target target, RawTable table, const std::vector<std::string>& paths);
// Lines of files whose path says one of these dates.
std::string delete_ledger_sql(Target target, RawTable table, const std::vector<std::string>& dts);
std::string delete_rows_sql(Target target, RawTable table, const std::vector<std::string>& dts);
// (table_version, table_id); the id is null when another version was set without one, as rcml 0.1 does. A warehouse of
// rcml 0.1 has no raw.load_origin before the first load, only the audit meets it so.
std::string select_watermark_sql(RawTable table, bool has_origin);
// A watermark above `version` becomes `version`.
std::string lower_watermark_sql(RawTable table, TableVersion version);
// What raw.load_origin has of a raw table: the version and the id that the watermark had together, and Warehouse::steps().
struct Origin {
  TableVersion version{-1};
  std::string table_id;
  int64_t steps = 0;
};
std::string select_origin_sql(RawTable table);
Origin origin_from_rows(const std::vector<Warehouse::TextRow>& rows);
std::vector<std::string> set_origin_sql(Target target, RawTable table, const Origin& origin);
// The watermark alone.
std::vector<std::string> set_watermark_sql(Target target, RawTable table, const Watermark& watermark,
                                           const std::string& now_utc);
Watermark watermark_from_rows(const std::vector<Warehouse::TextRow>& rows);

// Rows of an answer to the selects above.
Ledger ledger_from_rows(RawTable table, const std::vector<Warehouse::TextRow>& rows);

// Files that the ledger does not hold yet. corrupt when it holds one with another row count: the lake was rewritten
// under an old name, which its log never does.
Result<std::vector<LakeFile>> not_loaded(RawTable table, const std::vector<LakeFile>& files, const Ledger& ledger);

// Dates of the files, each once.
std::vector<std::string> dates_of(const std::vector<LakeFile>& files);

// Whether the ledger's lines of the view's dates are those that the plan saw, and at most what it adds.
bool is_still_true(const LedgerView& view, const Ledger& lines);

// What is to be done of a renaming, by the ledger's lines of both sides.
enum class RenamingState : uint8_t { to_do, done, overtaken };
RenamingState state_of(const Renaming& renaming, const Ledger& lines);
// corrupt unless both sides hold the same number of rows.
Status check_renaming(RawTable table, const Renaming& renaming, const Ledger& lines);

// A file named twice is loaded once.
std::vector<LakeFile> without_repeats(const std::vector<LakeFile>& files);

int64_t total_rows(const std::vector<LakeFile>& files);

// "2025-08-24 10:00:00.123456": a timestamp literal every target takes.
std::string sql_timestamp(UtcMicros at);

}  // namespace rcml::warehouse
