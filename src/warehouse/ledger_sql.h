// warehouse/ledger_sql.h: the statements on raw.load_ledger and raw.load_watermark, the same on every target; and what
// the ledger's answer means for a load. Pure.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "warehouse/raw_schema.h"

namespace rcml::warehouse {

// Path (no prefix) -> rows.
using Ledger = std::map<std::string, int64_t>;

// The ledger's lines of these files: (file_path with prefix, row_count).
std::string select_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files);
std::string select_whole_ledger_sql(Target target, RawTable table);
std::string insert_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files,
                              const std::string& now_utc);
// Lines of files whose path says one of these dates.
std::string delete_ledger_sql(Target target, RawTable table, const std::vector<std::string>& dts);
std::string delete_rows_sql(Target target, RawTable table, const std::vector<std::string>& dts);
std::string select_watermark_sql(RawTable table);
// A watermark above `version` becomes `version`.
std::string lower_watermark_sql(RawTable table, TableVersion version);
std::vector<std::string> set_watermark_sql(Target target, RawTable table, TableVersion version,
                                           const std::string& now_utc);

// Rows of an answer to the two selects above.
Ledger ledger_from_rows(RawTable table, const std::vector<Warehouse::TextRow>& rows);

// Files that the ledger does not hold yet. corrupt when it holds one with another row count: the lake was rewritten
// under an old name, which its log never does.
Result<std::vector<LakeFile>> not_loaded(RawTable table, const std::vector<LakeFile>& files, const Ledger& ledger);

// A file named twice is loaded once.
std::vector<LakeFile> without_repeats(const std::vector<LakeFile>& files);

int64_t total_rows(const std::vector<LakeFile>& files);

// corrupt unless live and originals hold the same number of rows.
Status check_replacement(RawTable table, const Replacement& replacement);

// "2025-08-24 10:00:00.123456": a timestamp literal every target takes.
std::string sql_timestamp(UtcMicros at);

}  // namespace rcml::warehouse
