#include "warehouse/ledger_sql.h"

#include <set>

#include "core/clock.h"

namespace rcml::warehouse {
namespace {

std::string ledger_key(RawTable table, const LakeFile& file) { return raw_table(table).ledger_prefix + file.path; }

std::string literal_list(Target target, const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) list += (list.empty() ? "" : ", ") + quoted(target, text);
  return list;
}

// LIKE's wildcards never occur in the prefix, which is ours.
std::string is_of_table(Target target, RawTable table) {
  return "file_path like " + quoted(target, raw_table(table).ledger_prefix + "%");
}

}  // namespace

std::string select_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files) {
  std::vector<std::string> keys;
  for (const LakeFile& file : files) keys.push_back(ledger_key(table, file));
  return "select file_path, row_count from raw.load_ledger where file_path in (" + literal_list(target, keys) + ")";
}

std::string select_whole_ledger_sql(Target target, RawTable table) {
  return "select file_path, row_count from raw.load_ledger where " + is_of_table(target, table);
}

std::string insert_ledger_sql(Target target, RawTable table, const std::vector<LakeFile>& files,
                              const std::string& now_utc) {
  std::string sql = "insert into raw.load_ledger (file_path, table_version, row_count, loaded_at) values";
  for (size_t i = 0; i < files.size(); ++i) {
    sql += std::string(i == 0 ? "\n  (" : ",\n  (") + quoted(target, ledger_key(table, files[i])) + ", " +
           std::to_string(files[i].version.value) + ", " + std::to_string(files[i].row_count) + ", " +
           quoted(target, now_utc) + ")";
  }
  return sql;
}

std::string delete_ledger_sql(Target target, RawTable table, const std::vector<std::string>& dts) {
  std::string sql = "delete from raw.load_ledger where false";
  for (const std::string& dt : dts) {
    sql += "\n  or file_path like " + quoted(target, raw_table(table).ledger_prefix + "dt=" + dt + "/%");
  }
  return sql;
}

std::string delete_rows_sql(Target target, RawTable table, const std::vector<std::string>& dts) {
  return "delete from raw." + raw_table(table).name + " where dt in (" + literal_list(target, dts) + ")";
}

std::string select_watermark_sql(RawTable table) {
  return "select table_version from raw.load_watermark where table_name = '" + raw_table(table).name + "'";
}

std::vector<std::string> set_watermark_sql(Target target, RawTable table, TableVersion version,
                                           const std::string& now_utc) {
  return {"delete from raw.load_watermark where table_name = '" + raw_table(table).name + "'",
          "insert into raw.load_watermark (table_name, table_version, updated_at) values ('" + raw_table(table).name +
              "', " + std::to_string(version.value) + ", " + quoted(target, now_utc) + ")"};
}

std::string lower_watermark_sql(RawTable table, TableVersion version) {
  const std::string number = std::to_string(version.value);
  return "update raw.load_watermark set table_version = " + number + " where table_name = '" + raw_table(table).name +
         "' and table_version > " + number;
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
          "the ledger says " + std::to_string(it->second) + " rows were loaded of " + ledger_key(table, file) +
              ", the lake's log says " + std::to_string(file.row_count),
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

Status check_replacement(RawTable table, const Replacement& replacement) {
  const int64_t live = total_rows(replacement.live);
  const int64_t originals = total_rows(replacement.originals);
  if (live == originals) return {};
  return corrupt("the live files of " + raw_table(table).name + " for those dates hold " + std::to_string(live) +
                     " rows, the files that were streamed held " + std::to_string(originals),
                 "Nothing was changed. Run `rcml audit` to find the commit that lost or doubled rows");
}

std::string sql_timestamp(UtcMicros at) {
  std::string text = to_text(at);
  text[10] = ' ';
  text.pop_back();
  return text;
}

}  // namespace rcml::warehouse
