#include "audit/new_files.h"

#include "audit/log_proof.h"

namespace rcml::audit {
namespace {

// Rows more that a change left; nothing when it does not say. A merge leaves as many as there were.
std::optional<int64_t> rows_changed(const lake::TableChange& change) {
  int64_t rows = 0;
  for (const lake::DataFile& file : change.added) {
    if (file.row_count == lake::kRowsUnknown) return std::nullopt;
    rows += file.row_count;
  }
  int64_t removed = 0;
  for (const lake::DataFile& file : change.removed) {
    if (file.row_count == lake::kRowsUnknown) return change.is_data_change ? std::nullopt : std::optional<int64_t>(0);
    removed += file.row_count;
  }
  return rows - removed;
}

// What an audit looks at that goes on from a proof: lines of dates that changed since, and totals of all.
struct NewSide {
  warehouse::Watermark watermark;
  std::map<std::string, int64_t> ledger;
  std::map<std::string, warehouse::DateTotals> totals;
  std::map<std::string, int64_t> rows;
  bool operator==(const NewSide&) const = default;
};

Result<NewSide> look_at_new(const TableAudit& audit, const std::set<std::string>& dts) {
  NewSide side;
  RCML_TRY(side.watermark, audit.warehouse.watermark(audit.raw));
  RCML_TRY(side.ledger, audit.warehouse.ledger_of_dates(audit.raw, dts));
  RCML_TRY(side.totals, audit.warehouse.ledger_totals(audit.raw));
  RCML_TRY(side.rows, audit.warehouse.row_totals(audit.raw));
  return side;
}

// Whether the ledger's lines of the changed dates follow from the proof and the changes up to the last load.
// Nothing that was loaded ahead of the watermark is among `lines`.
bool are_followed(const std::map<std::string, int64_t>& lines, const warehouse::LoadProof& proof,
                  const std::vector<lake::TableChange>& changes, TableVersion loaded) {
  std::map<std::string, warehouse::DateTotals> expected;
  for (const auto& [dt, parts] : lake::by_date(changes)) {
    const auto before = proof.dates.find(dt);
    if (before != proof.dates.end()) expected[dt] = before->second;
    for (const lake::TableChange& change : parts) {
      if (change.version > loaded) continue;
      const auto rows = rows_changed(change);
      if (!rows) return false;
      expected[dt].rows += *rows;
      expected[dt].files += static_cast<int64_t>(change.added.size()) - static_cast<int64_t>(change.removed.size());
      for (const auto* files : {&change.added, &change.removed}) {
        for (const lake::DataFile& file : *files) expected[dt].keys ^= key_hash(lake::live_key(file));
      }
    }
  }
  std::erase_if(expected, [](const auto& entry) { return entry.second == warehouse::DateTotals{}; });
  return totals_by_date(lines) == expected;
}

// Each date has the rows that its ledger lines say, and the dates that did not change have what was proven.
bool are_even(const NewSide& now, const warehouse::LoadProof& proof, const std::set<std::string>& changed) {
  if (rows_of(now.totals) != now.rows) return false;
  const auto unchanged = [&](const std::map<std::string, warehouse::DateTotals>& dates) {
    auto kept = dates;
    std::erase_if(kept, [&](const auto& entry) { return changed.contains(entry.first); });
    for (auto& [dt, totals] : kept) totals.keys = 0;  // Not asked of the warehouse.
    return kept;
  };
  return unchanged(now.totals) == unchanged(proof.dates);
}

FileAccount totals_of(const NewSide& now) {
  FileAccount account;
  for (const auto& [dt, totals] : now.totals) {
    account.files += totals.files;
    account.rows += totals.rows;
  }
  return account;
}

}  // namespace

Result<std::optional<warehouse::LoadProof>> check_new(const TableAudit& audit, const warehouse::LoadProof& proof,
                                                      Report& report) {
  std::optional<warehouse::LoadProof> nothing;
  const bool is_about = proof.table_id == audit.table.id() && proof.version <= audit.table.version() &&
                        !proof.commit.empty() && proof.commit == commit_digest(audit.table, proof.version);
  if (!is_about) return nothing;
  const auto entries = audit.table.log(TableVersion(proof.version.value + 1));
  if (!entries.ok() && entries.error().kind != ErrorKind::corrupt) return entries.error();
  if (!entries.ok()) return nothing;
  std::set<std::string> changed;
  for (const lake::LogEntry& entry : *entries) changed.insert(lake::dt_of_key(lake::live_key(entry.file)));
  RCML_TRY(const NewSide now, settled([&] { return look_at_new(audit, changed); }));
  const TableVersion loaded = now.watermark.version;
  // A load of a newer version than the one looked at is rare, and the full comparison copes with it.
  const bool is_ahead = loaded > audit.table.version() || loaded < proof.version;
  if (is_ahead || now.watermark.table_id != proof.table_id || !are_even(now, proof, changed)) return nothing;
  Report found;
  LakeSide side;
  note_newer(*entries, loaded, side);
  const std::vector<lake::TableChange> changes = lake::changes_of(*entries);
  std::map<std::string, int64_t> lines = now.ledger;
  std::erase_if(lines, [&](const auto& line) { return side.newer.contains(line.first); });
  if (!are_followed(lines, proof, changes, loaded)) return nothing;
  // At the version of the last load the ledger named the live files: that is what are_followed() says.
  std::vector<lake::TableChange> newer = changes;
  std::erase_if(newer, [&](const lake::TableChange& change) { return change.version <= loaded; });
  const auto dates = loader::differences_since(now.ledger, newer);
  FileAccount account = totals_of(now);
  note_dates(dates, side, loaded, audit.check(), account, found);
  for (const lake::TableChange& change : changes) {
    for (const lake::DataFile& file : change.added) {
      const auto line = now.ledger.find(lake::live_key(file));
      const bool is_other = line != now.ledger.end() && file.row_count != lake::kRowsUnknown;
      if (is_other && line->second != file.row_count) return nothing;
    }
  }
  if (account.wrong > 0 || !found.findings.empty()) return nothing;
  report.checks.push_back({audit.check(), true, summary_of(account, audit.name())});
  std::map<std::string, warehouse::DateTotals> totals = now.totals;
  for (auto& [dt, one] : totals) {
    const auto before = proof.dates.find(dt);
    if (!changed.contains(dt) && before != proof.dates.end()) one.keys = before->second.keys;
  }
  for (const auto& [dt, one] : totals_by_date(now.ledger)) totals[dt].keys = one.keys;
  return std::optional(proof_of(audit, now.watermark, std::move(totals)));
}

}  // namespace rcml::audit
