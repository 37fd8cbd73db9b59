#include "warehouse/ledger_sql.h"

#include <algorithm>
#include <set>

#include "core/clock.h"

namespace rcml::warehouse {
namespace {

constexpr size_t kLinesPerStatement = 2'000;

std::string ledger_key(RawTable table, const std::string& path) { return raw_table(table).ledger_prefix + path; }

std::string literal_list(Target target, const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quoted(target, text);
  return list;
}

std::vector<std::string> paths_of(const std::vector<LakeFile>& files) {
  std::vector<std::string> paths;
  for (const LakeFile& file : files) paths.push_back(file.path);
  return paths;
}

std::string is_one_of(Target target, RawTable table, const std::vector<std::string>& paths) {
  std::vector<std::string> keys;
  for (const std::string& path : paths) keys.push_back(ledger_key(table, path));
  return keys.empty() ? "false" : "file_path in (" + literal_list(target, keys) + ")";
}

// One comparison for a line however many dates there are. A date has ten characters.
std::string is_of_dates(Target target, RawTable table, const std::vector<std::string>& dts) {
  if (dts.empty()) return "false";
  std::vector<std::string> beginnings;
  for (const std::string& dt : dts) beginnings.push_back(ledger_key(table, "dt=" + dt + "/"));
  return "substring(file_path, 1, " + std::to_string(ledger_key(table, "dt=2025-08-24/").size()) + ") in (" +
         literal_list(target, beginnings) + ")";
}

// LIKE's wildcards never occur in the prefix, which is ours.
std::string is_of_table(Target target, RawTable table) {
  return "file_path like " + quoted(target, raw_table(table).ledger_prefix + "%");
}

}  // namespace

std::string select_dates_sql(Target target, RawTable table, const std::vector<std::string>& dts) {
  return "select file_path, row_count from raw.load_ledger where " + is_of_dates(target, table, dts);
}

std::string select_whole_ledger_sql(Target target, RawTable table) {
  return "select file_path, row_count from raw.load_ledger where " + is_of_table(target, table);
}

std::vector<std::string> insert_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files,
                                           const std::string& now_utc) {
  std::vector<std::string> statements;
  for (size_t i = 0; i < files.size(); ++i) {
    const bool is_first = i % kLinesPerStatement == 0;
    if (is_first)
      statements.emplace_back("insert into raw.load_ledger (file_path, table_version, row_count, loaded_at) values");
    statements.back() += std::string(is_first ? "\n  (" : ",\n  (") + quoted(target, ledger_key(table, files[i].path)) +
                         ", " + std::to_string(files[i].version.value) + ", " + std::to_string(files[i].row_count) +
                         ", " + quoted(target, now_utc) + ")";
  }
  return statements;
}

std::vector<std::string> forget_lines_sql(Target target, RawTable table, const std::vector<std::string>& paths) {
  std::vector<std::string> statements;
  for (size_t begin = 0; begin < paths.size(); begin += kLinesPerStatement) {
    const size_t end = std::min(paths.size(), begin + kLinesPerStatement);
    const std::vector<std::string> some(paths.begin() + static_cast<std::ptrdiff_t>(begin),
                                        paths.begin() + static_cast<std::ptrdiff_t>(end));
    statements.push_back("delete from raw.load_ledger where " + is_one_of(target, table, some));
  }
  return statements;
}

std::string delete_ledger_sql(Target target, RawTable table, const std::vector<std::string>& dts) {
  return "delete from raw.load_ledger where " + is_of_dates(target, table, dts);
}

std::string delete_rows_sql(Target target, RawTable table, const std::vector<std::string>& dts) {
  return "delete from raw." + raw_table(table).name + " where dt in (" + literal_list(target, dts) + ")";
}

std::string select_watermark_sql(RawTable table, bool has_origin) {
  const std::string of_table = "table_name = '" + raw_table(table).name + "'";
  if (!has_origin) return "select table_version, null from raw.load_watermark where " + of_table;
  return "select w.table_version, o.table_id from raw.load_watermark w left join raw.load_origin o on o.table_name = "
         "w.table_name and o.table_version = w.table_version where w." +
         of_table;
}

std::vector<std::string> set_watermark_sql(Target target, RawTable table, const Watermark& watermark,
                                           const std::string& now_utc) {
  const std::string name = "'" + raw_table(table).name + "'";
  const std::string version = std::to_string(watermark.version.value);
  return {"delete from raw.load_watermark where table_name = " + name,
          "insert into raw.load_watermark (table_name, table_version, updated_at) values (" + name + ", " + version +
              ", " + quoted(target, now_utc) + ")"};
}

std::string select_origin_sql(RawTable table) {
  return "select table_version, table_id, steps from raw.load_origin where table_name = '" + raw_table(table).name +
         "'";
}

Origin origin_from_rows(const std::vector<Warehouse::TextRow>& rows) {
  if (rows.empty()) return {};
  return {TableVersion(std::stoll(*rows[0][0])), rows[0][1].value_or(""), std::stoll(*rows[0][2])};
}

std::vector<std::string> set_origin_sql(Target target, RawTable table, const Origin& origin) {
  const std::string name = "'" + raw_table(table).name + "'";
  return {"delete from raw.load_origin where table_name = " + name,
          "insert into raw.load_origin (table_name, table_version, table_id, steps) values (" + name + ", " +
              std::to_string(origin.version.value) + ", " + quoted(target, origin.table_id) + ", " +
              std::to_string(origin.steps) + ")"};
}

std::string lower_watermark_sql(RawTable table, TableVersion version) {
  const std::string number = std::to_string(version.value);
  return "update raw.load_watermark set table_version = " + number + " where table_name = '" + raw_table(table).name +
         "' and table_version > " + number;
}

Watermark watermark_from_rows(const std::vector<Warehouse::TextRow>& rows) {
  if (rows.empty()) return {};
  return {TableVersion(std::stoll(*rows[0][0])), rows[0][1].value_or("")};
}

Ledger ledger_from_rows(RawTable table, const std::vector<Warehouse::TextRow>& rows) {
  Ledger ledger;
  const size_t prefix = raw_table(table).ledger_prefix.size();
  for (const Warehouse::TextRow& row : rows) ledger[row[0]->substr(prefix)] = std::stoll(*row[1]);
  return ledger;
}

Result<std::vector<LakeFile>> not_loaded(RawTable table, const std::vector<LakeFile>& files, const Ledger& ledger) {
  std::vector<LakeFile> missing;
  for (const LakeFile& file : files) {
    const auto it = ledger.find(file.path);
    if (it == ledger.end()) {
      missing.push_back(file);
    } else if (it->second != file.row_count) {
      return corrupt(
          "the ledger says " + std::to_string(it->second) + " rows were loaded of " + ledger_key(table, file.path) +
              ", the lake says " + std::to_string(file.row_count),
          "Is this another lake than the one loaded before? If not, load the date again: rcml load --replace-dt " +
              file.dt + ".." + file.dt);
    }
  }
  return missing;
}

std::vector<LakeFile> without_repeats(const std::vector<LakeFile>& files) {
  std::set<std::string> seen;
  std::vector<LakeFile> once;
  for (const LakeFile& file : files) {
    if (seen.insert(file.path).second) once.push_back(file);
  }
  return once;
}

int64_t total_rows(const std::vector<LakeFile>& files) {
  int64_t rows = 0;
  for (const LakeFile& file : files) rows += file.row_count;
  return rows;
}

std::vector<std::string> dates_of(const std::vector<LakeFile>& files) {
  std::set<std::string> dts;
  for (const LakeFile& file : files) dts.insert(file.dt);
  return {dts.begin(), dts.end()};
}

bool is_still_true(const LedgerView& view, const Ledger& lines) {
  const auto is_there = [&](const std::string& path) { return lines.contains(path); };
  const auto is_expected = [&](const auto& line) {
    return view.lines.contains(line.first) || view.planned.contains(line.first);
  };
  return std::ranges::all_of(view.lines, is_there) && std::ranges::all_of(lines, is_expected);
}

RenamingState state_of(const Renaming& renaming, const Ledger& lines) {
  const auto is_there = [&](const std::string& path) { return lines.contains(path); };
  const std::vector<std::string> to = paths_of(renaming.to);
  if (std::ranges::all_of(renaming.from, is_there) && std::ranges::none_of(to, is_there)) return RenamingState::to_do;
  const bool is_done = std::ranges::none_of(renaming.from, is_there) && std::ranges::all_of(to, is_there);
  return is_done ? RenamingState::done : RenamingState::overtaken;
}

Status check_renaming(RawTable table, const Renaming& renaming, const Ledger& lines) {
  int64_t rows_before = 0;
  for (const std::string& path : renaming.from) rows_before += lines.at(path);
  const int64_t rows_after = total_rows(renaming.to);
  if (rows_before == rows_after) return {};
  return corrupt("files of " + raw_table(table).name + " that were merged into others held " +
                     std::to_string(rows_before) + " rows, the new ones hold " + std::to_string(rows_after),
                 "Nothing was changed. Run `rcml audit` to find the date, then load it again: rcml load --replace-dt");
}

std::string sql_timestamp(UtcMicros at) {
  std::string text = to_text(at);
  text[10] = ' ';
  text.pop_back();
  return text;
}

}  // namespace rcml::warehouse
