#include "warehouse/postgres/libpq_warehouse.h"

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "core/stop.h"
#include "warehouse/load_proof.h"

namespace rcml::warehouse {
namespace {

constexpr Millis kFirstPause{100};

}  // namespace

LibpqWarehouse::LibpqWarehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                               std::unique_ptr<PgConnection> connection)
    : options_(options), url_(url), connection_(std::move(connection)) {}

// Tables that are all there are left alone, so that a loader needs no right to create once somebody has.
Status LibpqWarehouse::prepare() {
  RCML_OK(create_tables());
  std::vector<std::string> differences;
  for (const RawTable table : {RawTable::clicks, RawTable::rejects}) {
    RCML_TRY(const auto found, found_columns(raw_table(table).name));
    for (std::string& line : table_differences(url_.target, raw_table(table), found))
      differences.push_back(std::move(line));
  }
  if (!differences.empty()) return schema_error(url_.display, differences);
  return {};
}

// Where nothing keeps creators apart (Redshift), all but one fail, and find everything there when they look again.
Status LibpqWarehouse::create_tables() {
  const Attempt create = [this]() -> Result<LoadReport> {
    RCML_OK(lock_creators());
    RCML_TRY(const bool is_complete,
             has_tables({"raw_clicks", "raw_rejects", "load_ledger", "load_watermark", "load_origin", "load_proof"}));
    if (is_complete) return LoadReport{};
    for (const std::string& sql : create_statements(url_.target)) RCML_OK(connection_->execute(sql));
    return LoadReport{};
  };
  Result<LoadReport> created = run_until_known(create);
  for (int tries = 0; tries < options_.retry_count_max; ++tries) {
    if (created.ok() || !connection_->lost_creation_race()) break;
    created = run_until_known(create);
  }
  if (created.ok()) return {};
  // A loader without the right to create: what it cannot do without is there, or an administrator has to make it.
  const auto is_usable = has_tables({"raw_clicks", "raw_rejects", "load_ledger", "load_watermark", "load_origin"});
  if (is_usable.ok() && *is_usable) return {};
  Error error = created.take_error();
  error.cure += std::string(error.cure.empty() ? "" : ". ") +
                "Somebody who may create tables in schema raw can make what is missing: rcml contract ddl";
  return error;
}

Result<LoadReport> LibpqWarehouse::load(RawTable table, const std::vector<LakeFile>& files,
                                        const std::optional<LedgerView>& view, const std::optional<Goal>& then) {
  const std::vector<LakeFile> once = without_repeats(files);
  if (once.empty()) return LoadReport{};
  return run_until_known([&]() -> Result<LoadReport> {
    RCML_OK(lock_loaders());
    RCML_TRY(const LoadReport report, load_missing(*this, table, once, view, then));
    const bool is_ours = has_doubt_ && !report.is_overtaken && report.files_loaded == 0;
    return is_ours ? in_doubt_ : report;  // Our own COMMIT was done, only its answer was lost.
  });
}

Result<LoadReport> LibpqWarehouse::rename(RawTable table, const Renaming& renaming) {
  return run_until_known([&]() -> Result<LoadReport> {
    RCML_OK(lock_loaders());
    return rename_lines(*this, table, renaming);
  });
}

Result<LoadReport> LibpqWarehouse::replace(RawTable table, const Replacement& replacement) {
  if (replacement.dts.empty()) return LoadReport{};
  return run_until_known([&]() -> Result<LoadReport> {
    RCML_OK(lock_loaders());
    return replace_rows(*this, table, replacement);
  });
}

Result<std::map<std::string, int64_t>> LibpqWarehouse::ledger(RawTable table) {
  RCML_TRY(const auto rows, query(select_whole_ledger_sql(url_.target, table)));
  return ledger_from_rows(table, rows);
}

Result<std::map<std::string, int64_t>> LibpqWarehouse::ledger_of_dates(RawTable table,
                                                                       const std::set<std::string>& dts) {
  RCML_TRY(const auto rows, query(select_dates_sql(url_.target, table, {dts.begin(), dts.end()})));
  return ledger_from_rows(table, rows);
}

Result<Watermark> LibpqWarehouse::watermark(RawTable table) {
  RCML_TRY(const auto found, found_columns("load_origin"));
  RCML_TRY(const auto rows, query(select_watermark_sql(table, !found.empty())));
  return watermark_from_rows(rows);
}

// Redshift's lock keeps readers out too, and only this wait for it is bounded: who holds it is waited for here, before
// the ledger is read for the plan.
Result<int64_t> LibpqWarehouse::steps(RawTable table) {
  if (url_.target == Target::redshift) {
    const Attempt wait_for_lock = [this]() -> Result<LoadReport> {
      RCML_OK(lock_loaders());
      return LoadReport{};
    };
    RCML_OK(run_until_known(wait_for_lock));
  }
  RCML_TRY(const auto rows, query(select_origin_sql(table)));
  return origin_from_rows(rows).steps;
}

Result<LoadReport> LibpqWarehouse::set_watermark(RawTable table, const Goal& goal) {
  return run_until_known([&]() -> Result<LoadReport> {
    RCML_OK(lock_loaders());
    return raise_watermark(*this, table, goal);
  });
}

Result<std::optional<LoadProof>> LibpqWarehouse::load_proof(RawTable table) {
  RCML_TRY(const auto found, found_columns("load_proof"));
  if (found.empty()) return std::optional<LoadProof>();
  RCML_TRY(const auto rows, query(select_load_proof_sql(table)));
  return load_proof_from_rows(rows);
}

Status LibpqWarehouse::keep_load_proof(RawTable table, const LoadProof& proof) {
  const std::string now = sql_timestamp(utc_now());
  const auto done = run_until_known([&]() -> Result<LoadReport> {
    RCML_OK(run_all(*this, keep_load_proof_sql(url_.target, table, proof, now)));
    return LoadReport{};
  });
  if (!done.ok()) return done.error();
  return {};
}

Result<int64_t> LibpqWarehouse::row_count(RawTable table) {
  RCML_TRY(const auto rows, query("select count(*) from raw." + raw_table(table).name));
  return std::stoll(*rows[0][0]);
}

// A read may simply be asked again when the connection was lost under it.
Result<std::vector<Warehouse::TextRow>> LibpqWarehouse::query(const std::string& sql) {
  RCML_OK(be_connected());
  auto rows = connection_->query(sql);
  if (rows.ok() || !connection_->is_lost()) return rows;
  RCML_OK(be_connected());
  return connection_->query(sql);
}

Status LibpqWarehouse::be_connected() {
  if (connection_->is_lost()) {
    RCML_OK(connection_->reconnect());
    is_session_set_up_ = false;
  }
  if (!is_session_set_up_) RCML_OK(set_up_session());
  is_session_set_up_ = true;
  return {};
}

Result<LoadReport> LibpqWarehouse::run_until_known(const Attempt& attempt) {
  Millis pause = kFirstPause;
  has_doubt_ = false;
  for (int tries = 0;; ++tries) {
    Result<LoadReport> report = run_once(attempt);
    if (report.ok() || !connection_->may_retry_transaction() || tries >= options_.retry_count_max) return report;
    log_warn("load is tried again",
             {{"warehouse", url_.display}, {"attempt", tries + 1}, {"error", report.error().message}});
    if (sleep_or_stop(pause))
      return Error{ErrorKind::cancelled, "stopped while waiting to try the load again",
                   "Run it again: the ledger knows what was loaded"};
    pause.value *= 2;
  }
}

Result<LoadReport> LibpqWarehouse::run_once(const Attempt& attempt) {
  RCML_OK(be_connected());
  connection_->forget_error();
  RCML_OK(connection_->execute("begin"));
  Result<LoadReport> report = attempt();
  if (!report.ok()) {
    // The server rolls a lost connection back by itself; temporary tables go with the transaction either way.
    if (!connection_->is_lost()) {
      if (auto done = connection_->execute("rollback"); !done.ok())
        log_debug("rollback failed", {{"error", done.error().message}});
    }
    return report;
  }
  crash_point("load.before_commit");
  auto committed = connection_->execute("commit");
  if (!committed.ok()) {
    in_doubt_ = *report;
    has_doubt_ = connection_->is_lost();
    return committed.take_error();
  }
  crash_point("load.after_commit");
  return report;
}

Result<std::vector<Warehouse::TextRow>> LibpqWarehouse::select(const std::string& sql) {
  return connection_->query(sql);
}

Status LibpqWarehouse::run(const std::string& sql) {
  RCML_OK(connection_->execute(sql));
  return {};
}

Result<bool> LibpqWarehouse::has_tables(const std::vector<std::string>& names) {
  std::string list;
  for (const std::string& name : names) list += (list.empty() ? "'" : ", '") + name + "'";
  RCML_TRY(
      const auto rows,
      query("select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'raw' "
            "and c.relname in (" +
            list + ")"));
  return *rows[0][0] == std::to_string(names.size());
}

Result<std::vector<FoundColumn>> LibpqWarehouse::found_columns(const std::string& name) {
  RCML_TRY(
      const auto rows,
      query(
          "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a join pg_class c on c.oid = a.attrelid "
          "join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'raw' and c.relname = '" +
          name + "' and a.attnum > 0 and not a.attisdropped order by a.attnum"));
  std::vector<FoundColumn> found;
  for (const TextRow& row : rows) found.push_back({*row[0], *row[1]});
  return found;
}

}  // namespace rcml::warehouse
