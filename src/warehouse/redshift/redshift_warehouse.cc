// warehouse/redshift/redshift_warehouse.cc: Amazon Redshift: manifest to S3, COPY into a stage, INSERT, ledger, all in one
// transaction. TRUNCATE is never used: it would commit.
#include <cstdio>
#include <random>

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "warehouse/postgres/libpq_warehouse.h"
#include "warehouse/redshift/redshift_sql.h"
#include "warehouse/targets.h"

namespace rcml::warehouse {
namespace {

std::string random_name() {
  std::random_device device;
  char text[40];
  std::snprintf(text, sizeof text, "load-%08x%08x.json", device(), device());
  return text;
}

class RedshiftWarehouse : public LibpqWarehouse {
 public:
  using LibpqWarehouse::LibpqWarehouse;

  Result<std::string> dry_run(RawTable table, const std::vector<LakeFile>& files) override {
    RCML_TRY(const auto inspected, inspect_files(table, files, options().open_file));
    std::string text = "begin;\n" + limit_statement_sql(options().lock_wait) + ";\n" + lock_ledger_sql() + ";\n" +
                       unlimit_statement_sql() + ";\n";
    int number = 0;
    for (const StageGroup& group : stage_groups(inspected)) {
      const std::string manifest_url = options().manifest_url + "load-" + std::to_string(++number) + ".json";
      RCML_TRY(const std::string manifest, manifest_json(table, group.files));
      text += "-- " + manifest_url + " (the real name is random):\n" + commented(manifest);
      text +=
          create_stage_sql(table, group) + ";\n" + copy_stage_sql(table, manifest_url, options().copy_role_arn) + ";\n";
      text += count_stage_sql(table) + ";  -- must be " + std::to_string(group.row_count) + "\n";
      text += insert_from_stage_sql(table, group) + ";\n" + drop_stage_sql(table) + ";\n";
    }
    for (const std::string& sql : insert_ledger_sql(Target::redshift, table, files, sql_timestamp(utc_now())))
      text += sql + ";\n";
    return text + "commit;\n";
  }

 protected:
  Status set_up_session() override {
    RCML_OK(connection().execute("set timezone to 'UTC'"));
    return {};
  }

  // Serialises the loaders and keeps Redshift's serializable isolation from refusing one of two that both read the
  // ledger (error 1023). Redshift has no lock_timeout; only a timeout of the statement bounds the wait.
  Status lock_loaders() override {
    RCML_OK(connection().execute(limit_statement_sql(options().lock_wait)));
    if (Result<int64_t> locked = connection().execute(lock_ledger_sql()); !locked.ok()) {
      if (!connection().was_cancelled()) return locked.take_error();
      return unavailable("another load holds the lock of raw.load_ledger in " + url().display + " for more than " +
                             std::to_string(options().lock_wait.value) + " ms",
                         "Wait for it, or raise --lock-wait. SVV_TRANSACTIONS names the session; "
                         "pg_terminate_backend(PID) ends one that hangs");
    }
    RCML_OK(connection().execute(unlimit_statement_sql()));
    return {};
  }

  // Redshift has no advisory locks: create_tables() looks again when it lost the race.
  Status lock_creators() override { return {}; }

  Status insert_rows(RawTable table, const std::vector<LakeFile>& files) override {
    RCML_TRY(const auto inspected, inspect_files(table, files, options().open_file));
    for (const StageGroup& group : stage_groups(inspected)) {
      RCML_OK(insert_group(table, group));
      crash_point("load.rows_written");
    }
    return {};
  }

 private:
  static std::string commented(const std::string& text) {
    std::string out = "--   ";
    for (const char c : text) {
      out += c;
      if (c == '\n') out += "--   ";
    }
    out.resize(out.size() - 5);
    return out;
  }

  Result<std::string> put_manifest(RawTable table, const StageGroup& group) {
    RCML_TRY(const std::string manifest, manifest_json(table, group.files));
    const std::string manifest_url = options().manifest_url + random_name();
    RCML_OK(options().put_object(manifest_url, manifest));
    log_debug("manifest put", {{"url", manifest_url}, {"files", group.files.size()}});
    return manifest_url;
  }

  Status insert_group(RawTable table, const StageGroup& group) {
    RCML_TRY(const std::string manifest_url, put_manifest(table, group));
    RCML_OK(connection().execute(create_stage_sql(table, group)));
    RCML_OK(connection().execute(copy_stage_sql(table, manifest_url, options().copy_role_arn)));
    RCML_TRY(const auto counted, connection().query(count_stage_sql(table)));
    if (*counted[0][0] != std::to_string(group.row_count)) {
      return corrupt("Redshift read " + *counted[0][0] + " rows by " + manifest_url + ", the lake says " +
                         std::to_string(group.row_count),
                     "Nothing was loaded. Run `rcml audit`; SYS_LOAD_DETAIL lists the lines per file");
    }
    RCML_TRY(const int64_t inserted, connection().execute(insert_from_stage_sql(table, group)));
    if (inserted != group.row_count) {
      return corrupt("Redshift inserted " + std::to_string(inserted) + " of " + std::to_string(group.row_count) +
                         " rows of " + manifest_url,
                     "Nothing was loaded. Run the load again");
    }
    RCML_OK(connection().execute(drop_stage_sql(table)));
    return {};
  }
};

}  // namespace

Result<std::unique_ptr<Warehouse>> make_redshift_warehouse(const WarehouseOptions& options, const WarehouseUrl& url,
                                                           bool is_offline) {
  WarehouseOptions complete = options;
  if (!complete.manifest_url.empty() && !complete.manifest_url.ends_with('/')) complete.manifest_url += '/';
  if (!complete.manifest_url.starts_with("s3://")) {
    return bad_config("Redshift needs a folder on S3 for its manifests",
                      "Use a lake on S3, or set --manifest-url s3://BUCKET/FOLDER/");
  }
  std::unique_ptr<PgConnection> connection;
  if (!is_offline) {
    if (!complete.put_object)
      return bad_config("Redshift needs a way to put manifests to S3", "Give put_object in WarehouseOptions");
    RCML_TRY(connection, PgConnection::connect({url, options.tls_root_file, options.retry_count_max}));
  }
  return std::unique_ptr<Warehouse>(std::make_unique<RedshiftWarehouse>(complete, url, std::move(connection)));
}

}  // namespace rcml::warehouse
