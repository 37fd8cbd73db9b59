#include "cli/warehouse_options.h"

#include <arrow/io/interfaces.h>

#include <filesystem>

#include "core/uuid.h"
#include "lake/store/text_file.h"
#include "warehouse/parquet_input.h"
#include "warehouse/warehouse_url.h"

namespace rcml::cli {
namespace {

Status put_object(const std::string& url, const std::string& text) {
  const size_t slash = url.rfind('/');
  RCML_TRY(const auto folder, lake::Location::open(url.substr(0, slash + 1)));
  return lake::write_text(*folder, url.substr(slash + 1), text);
}

std::string with_slash(std::string url) {
  if (!url.empty() && !url.ends_with('/')) url += '/';
  return url;
}

// Most lie in the table; a copy without deleted rows (loader/passing_files.h) is elsewhere.
Result<std::shared_ptr<arrow::io::RandomAccessFile>> open_lake_file(const lake::Location& table,
                                                                    warehouse::RawTable raw,
                                                                    const warehouse::LakeFile& file) {
  if (!file.absolute.starts_with("s3://")) return warehouse::open_local_file(raw, file);
  const std::string root = "s3://" + table.absolute("");
  if (file.absolute.starts_with(root)) return table.read(file.absolute.substr(root.size()));
  const size_t name = file.absolute.rfind('/') + 1;
  RCML_TRY(const auto folder, lake::Location::open(file.absolute.substr(0, name)));
  return folder->read(file.absolute.substr(name));
}

std::string manifest_folder(const Settings& settings) {
  if (settings.has("redshift.manifest_url")) return with_slash(settings.text("redshift.manifest_url"));
  const std::string lake = settings.text("lake");
  return lake.starts_with("s3://") ? with_slash(lake) + "_manifests/" : std::string();
}

// A folder beside the DuckDB file, whose lock admits one loader at a time. Empty for other targets, and when
// --scratch-folder is given.
std::string folder_beside_database(const Settings& settings) {
  const auto url = warehouse::parse_warehouse_url(settings.text("warehouse"));
  if (!url.ok() || url->target != warehouse::Target::duckdb || settings.has("load.scratch_folder")) return {};
  return std::filesystem::absolute(url->file).string() + ".passing/";
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
    return open_lake_file(owner.location(), table, file);
  };
  return options;
}

void sweep_passing_folder(const Settings& settings) {
  std::error_code ignored;  // A leftover costs disk and nothing else.
  if (const std::string own = folder_beside_database(settings); !own.empty()) std::filesystem::remove_all(own, ignored);
}

std::string passing_folder(const Settings& settings) {
  const std::string name = "rcml-load-" + random_uuid() + "/";
  if (settings.text("warehouse").starts_with("redshift:")) return manifest_folder(settings) + name;
  if (const std::string own = folder_beside_database(settings); !own.empty()) return own;
  std::string folder = settings.text("load.scratch_folder");
  std::error_code ignored;  // Then the folder itself cannot be made, and that is said.
  if (folder.empty()) folder = std::filesystem::temp_directory_path(ignored).string();
  return std::filesystem::absolute(folder).string() + "/" + name;
}

}  // namespace rcml::cli
