#include "loader/comparison.h"

#include <algorithm>

#include "core/log.h"

namespace rcml::loader {
namespace {

using lake::DataFile;
using lake::LiveFiles;
using lake::TableChange;
using warehouse::RawTable;
using warehouse::Warehouse;
using warehouse::Watermark;

constexpr const char* kOtherLakeCure =
    "Nothing was changed. Check --lake and --warehouse; if the lake was created again on purpose, load it whole: rcml "
    "load --replace-dt all";

// Nothing when the history does not reach back that far.
Result<std::optional<std::vector<TableChange>>> changes_since(const lake::Table& table, TableVersion from) {
  const auto entries = table.log(from);
  if (entries.ok()) return std::optional(lake::changes_of(*entries));
  if (entries.error().kind != ErrorKind::corrupt) return entries.error();
  log_info("the table's history no longer goes back to the last load",
           {{"table", table.location().url()}, {"version", from.value}});
  return std::optional<std::vector<TableChange>>();
}

// By what changed since the last load; nothing when that does not explain the ledger.
Result<std::optional<Comparison>> compare_since(const TablePair& tables, Warehouse& target, const Watermark& mark) {
  RCML_TRY(const auto changes, changes_since(tables.lake, TableVersion(mark.version.value + 1)));
  if (!changes) return std::optional<Comparison>();
  std::set<std::string> dts;
  for (const auto& [dt, parts] : lake::by_date(*changes)) dts.insert(dt);
  Comparison found;
  RCML_TRY(found.ledger, target.ledger_of_dates(tables.raw, dts));
  found.dates = differences_since(found.ledger, *changes);
  if (has_unexplained(found.dates)) return std::optional<Comparison>();
  return std::optional(std::move(found));
}

// A warehouse of rcml 0.1 does not say which table it was loaded from. Where the ledger names files and the table never
// had one of them, it was another table.
Status check_adoption(const TablePair& tables, const Ledger& ledger, const LiveFiles& live) {
  const auto is_live = [&](const auto& line) { return live.contains(line.first); };
  if (ledger.empty() || std::ranges::any_of(ledger, is_live)) return {};
  RCML_TRY(const auto changes, changes_since(tables.lake, TableVersion(0)));
  if (!changes) return {};
  for (const TableChange& change : *changes) {
    const auto is_known = [&](const DataFile& file) { return ledger.contains(lake::live_key(file)); };
    if (std::ranges::any_of(change.added, is_known)) return {};
  }
  return needs_person(std::string(name_of(tables.raw)) + " was loaded from another table: its ledger names " +
                          std::to_string(ledger.size()) + " files, and " + tables.lake.location().url() +
                          " never had one of them",
                      kOtherLakeCure);
}

}  // namespace

const char* name_of(RawTable table) { return table == RawTable::clicks ? "raw_clicks" : "raw_rejects"; }

Result<LiveFiles> live_files_by_key(const lake::Table& table) {
  RCML_TRY(const std::vector<DataFile> files, table.live_files());
  return lake::by_key(files);
}

Status check_same_table(const TablePair& tables, const Watermark& mark) {
  const lake::Table& table = tables.lake;
  const std::string name = name_of(tables.raw);
  if (!mark.table_id.empty() && mark.table_id != table.id()) {
    return needs_person(name + " was loaded from another table: its id was " + mark.table_id + ", the table at " +
                            table.location().url() + " has the id " + table.id(),
                        kOtherLakeCure);
  }
  if (mark.version > table.version()) {
    return needs_person(name + " was loaded up to version " + std::to_string(mark.version.value) + " of " +
                            table.location().url() + ", which is at version " + std::to_string(table.version().value),
                        kOtherLakeCure);
  }
  return {};
}

Result<Comparison> compare_new(const TablePair& tables, Warehouse& target, const Watermark& mark) {
  if (mark.table_id.empty()) return compare_all(tables, target, mark);
  RCML_TRY(std::optional<Comparison> found, compare_since(tables, target, mark));
  if (!found) return compare_all(tables, target, mark);
  return std::move(*found);
}

Result<Comparison> compare_all(const TablePair& tables, Warehouse& target, const Watermark& mark) {
  Comparison found;
  RCML_TRY(found.ledger, target.ledger(tables.raw));
  RCML_TRY(const LiveFiles live, live_files_by_key(tables.lake));
  if (mark.table_id.empty()) RCML_OK(check_adoption(tables, found.ledger, live));
  RCML_TRY(found.dates, differences_now(tables.lake, found.ledger, live, mark.version));
  return found;
}

Result<std::map<std::string, DateDifference>> differences_now(const lake::Table& table, const Ledger& ledger,
                                                              const LiveFiles& live, TableVersion loaded) {
  const std::vector<TableChange> none;
  if (!needs_history(ledger, live)) return differences(ledger, live, none);
  RCML_TRY(const auto newer, changes_since(table, TableVersion(loaded.value + 1)));
  auto found = differences(ledger, live, newer.value_or(none));
  // A ledger of rcml 0.1 names files that were merged long ago: once, the whole history explains it.
  if (!has_unexplained(found) || loaded.value < 0) return found;
  RCML_TRY(const auto all, changes_since(table, TableVersion(0)));
  return differences(ledger, live, all.value_or(none));
}

}  // namespace rcml::loader
