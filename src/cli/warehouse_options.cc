#include "cli/warehouse_options.h"

#include <arrow/io/interfaces.h>
#include <arrow/result.h>
#include <arrow/status.h>

namespace rcml::cli {
namespace {

Status put_object(const std::string& url, const std::string& text) {
  const size_t slash = url.rfind('/');
  RCML_TRY(const auto folder, lake::Location::open(url.substr(0, slash + 1)));
  RCML_TRY(const auto stream, folder->create(url.substr(slash + 1)));
  arrow::Status status = stream->Write(text.data(), static_cast<int64_t>(text.size()));
  if (status.ok()) status = stream->Close();
  if (!status.ok())
    return unavailable("cannot put the manifest " + url + ": " + status.message(),
                       "Check that the credentials may write there");
  return {};
}

std::string with_slash(std::string url) {
  if (!url.empty() && !url.ends_with('/')) url += '/';
  return url;
}

std::string manifest_folder(const Settings& settings) {
  if (settings.has("redshift.manifest_url")) return with_slash(settings.text("redshift.manifest_url"));
  const std::string lake = settings.text("lake");
  return lake.starts_with("s3://") ? with_slash(lake) + "_manifests/" : std::string();
}

}  // namespace

warehouse::WarehouseOptions warehouse_options(const Settings& settings) {
  warehouse::WarehouseOptions options;
  options.url = settings.text("warehouse");
  options.lock_wait = settings.millis("warehouse.lock_wait");
  options.retry_count_max = static_cast<int>(settings.count("warehouse.retry_count_max"));
  options.memory_bytes_max = settings.count("warehouse.duckdb_memory_bytes_max");
  options.threads = static_cast<int>(settings.count("warehouse.duckdb_threads"));
  options.tls_root_file = settings.text("warehouse.tls_root_file");
  options.copy_role_arn = settings.text("redshift.copy_role_arn");
  options.manifest_url = manifest_folder(settings);
  options.put_object = put_object;
  return options;
}

warehouse::WarehouseOptions warehouse_options(const Settings& settings, const lake::LakeTables& tables) {
  warehouse::WarehouseOptions options = warehouse_options(settings);
  options.scratch_folder = settings.text("load.scratch_folder");
  // A local lake is read by the loader itself, which tells a missing file from an unreadable one.
  if (tables.clicks->location().is_local()) return options;
  options.open_file = [&tables](warehouse::RawTable table, const warehouse::LakeFile& file) {
    const lake::Table& owner = table == warehouse::RawTable::clicks ? *tables.clicks : *tables.rejects;
    return owner.location().read(file.path);
  };
  return options;
}

warehouse::LakeFile lake_file(const lake::Table& table, const lake::DataFile& file, TableVersion version) {
  warehouse::LakeFile made;
  made.path = file.path;
  made.absolute = (table.location().is_local() ? "" : "s3://") + table.location().absolute(file.path);
  const auto dt = file.partition_values.find("dt");
  if (dt != file.partition_values.end()) made.dt = dt->second;
  made.bytes = file.bytes;
  made.row_count = file.row_count;
  made.version = version;
  return made;
}

}  // namespace rcml::cli
