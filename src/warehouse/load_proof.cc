#include "warehouse/load_proof.h"

#include "warehouse/ledger_sql.h"

namespace rcml::warehouse {
namespace {

constexpr size_t kLinesPerStatement = 2'000;

std::string of_table(RawTable table) { return "table_name = '" + raw_table(table).name + "'"; }

struct Line {
  std::string dt;
  DateTotals totals;
};

// The line of the whole table comes last: a proof without it is not whole.
std::vector<Line> lines_of(const LoadProof& proof) {
  std::vector<Line> lines;
  Line whole;
  whole.totals.keys = 0;
  for (const auto& [dt, totals] : proof.dates) {
    lines.push_back({dt, totals});
    whole.totals.files += totals.files;
    whole.totals.rows += totals.rows;
    whole.totals.keys ^= totals.keys;
  }
  lines.push_back(whole);
  return lines;
}

}  // namespace

std::string create_load_proof_sql() {
  return "create table if not exists raw.load_proof (\n  table_name    varchar(32) not null,\n"
         "  table_version bigint not null,\n  table_id      varchar(128) not null,\n  commit_digest varchar(16) not null,\n"
         "  dt            varchar(10) not null,\n  file_count    bigint not null,\n  row_count     bigint not null,\n"
         "  key_digest    bigint not null,\n  proven_at     timestamp not null\n)";
}

std::string select_load_proof_sql(RawTable table) {
  return "select table_version, table_id, dt, file_count, row_count, proven_at, commit_digest, key_digest from raw.load_proof where " +
         of_table(table) + " order by proven_at desc, table_version desc, dt desc";
}

std::optional<LoadProof> load_proof_from_rows(const std::vector<Warehouse::TextRow>& rows) {
  if (rows.empty()) return std::nullopt;
  LoadProof proof{TableVersion(std::stoll(*rows[0][0])), *rows[0][1], *rows[0][6], {}};
  std::optional<DateTotals> whole;
  DateTotals sum;
  for (const Warehouse::TextRow& row : rows) {
    if (*row[5] != *rows[0][5] || *row[0] != *rows[0][0]) break;
    const DateTotals totals{std::stoll(*row[3]), std::stoll(*row[4]), std::stoll(*row[7])};
    if (row[2]->empty()) {
      whole = totals;
      continue;
    }
    if (!proof.dates.emplace(*row[2], totals).second) return std::nullopt;  // Two audits at the same microsecond.
    sum.files += totals.files;
    sum.rows += totals.rows;
    sum.keys ^= totals.keys;
  }
  if (!whole || *whole != sum) return std::nullopt;
  return proof;
}

std::vector<std::string> keep_load_proof_sql(Target target, RawTable table, const LoadProof& proof,
                                             const std::string& now_utc) {
  std::vector<std::string> statements{"delete from raw.load_proof where " + of_table(table)};
  const std::string begin = "('" + raw_table(table).name + "', " + std::to_string(proof.version.value) + ", " +
                            quoted(target, proof.table_id) + ", " + quoted(target, proof.commit) + ", ";
  size_t count = 0;
  for (const Line& line : lines_of(proof)) {
    const bool is_first = count++ % kLinesPerStatement == 0;
    if (is_first) {
      statements.emplace_back(
          "insert into raw.load_proof (table_name, table_version, table_id, commit_digest, dt, file_count, "
          "row_count, key_digest, proven_at) values");
    }
    statements.back() += std::string(is_first ? "\n  " : ",\n  ") + begin + quoted(target, line.dt) + ", " +
                         std::to_string(line.totals.files) + ", " + std::to_string(line.totals.rows) + ", " +
                         std::to_string(line.totals.keys) + ", " + quoted(target, now_utc) + ")";
  }
  return statements;
}

Result<std::map<std::string, DateTotals>> Warehouse::ledger_totals(RawTable table) {
  const std::string prefix = raw_table(table).ledger_prefix;  // "clicks/", and then "dt=2025-08-24/…".
  const std::string date = "substring(file_path, " + std::to_string(prefix.size() + 4) + ", 10)";
  RCML_TRY(const auto rows,
           query("select " + date + ", count(*), sum(row_count) from raw.load_ledger where file_path " + "like '" +
                 prefix + "%' group by " + date));
  std::map<std::string, DateTotals> totals;
  for (const TextRow& row : rows) totals[row[0].value_or("")] = {std::stoll(*row[1]), std::stoll(*row[2])};
  return totals;
}

Result<std::map<std::string, int64_t>> Warehouse::row_totals(RawTable table) {
  RCML_TRY(const auto rows, query("select dt, count(*) from raw." + raw_table(table).name + " group by dt"));
  std::map<std::string, int64_t> totals;
  for (const TextRow& row : rows) totals[row[0].value_or("")] = std::stoll(*row[1]);
  return totals;
}

}  // namespace rcml::warehouse
