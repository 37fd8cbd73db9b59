#include "warehouse/testing/redshift_double.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "warehouse/parquet_input.h"
#include "warehouse/postgres/pg_connection.h"

namespace rcml::warehouse::testing {
namespace {

std::string environment_text(const char* name) {
  const char* text = std::getenv(name);
  return text == nullptr ? "" : text;
}

std::string s3_folder() { return environment_text("RCML_TEST_S3_FOLDER") + "/"; }

bool is_redshift(const WarehouseOptions& options) { return options.url.starts_with("redshift://"); }

std::string to_local(const std::string& s3_url) { return s3_folder() + s3_url.substr(sizeof "s3://" - 1); }

WarehouseOptions with_s3(WarehouseOptions options) {
  const std::string scratch = std::filesystem::temp_directory_path().string();
  options.manifest_url = lake_name(options, scratch) + "/_manifests/";
  options.copy_role_arn = environment_text("RS_ROLE_ARN");
  options.open_file = [](RawTable table, const LakeFile& file) {
    LakeFile local = file;
    local.absolute = to_local(file.absolute);
    return open_local_file(table, local);
  };
  options.put_object = [](const std::string& url, const std::string& text) -> Status {
    std::filesystem::create_directories(std::filesystem::path(to_local(url)).parent_path());
    std::ofstream(to_local(url)) << text;
    return {};
  };
  return options;
}

// Passes everything on, files under their s3:// names.
class OnS3 : public Warehouse {
 public:
  OnS3(WarehouseOptions options, std::unique_ptr<Warehouse> target)
      : options_(std::move(options)), target_(std::move(target)) {}
  Status prepare() override { return target_->prepare(); }
  Result<LoadReport> load(RawTable table, const std::vector<LakeFile>& files, const std::optional<LedgerView>& view,
                          const std::optional<Goal>& then) override {
    return target_->load(table, named(files), view, then);
  }
  Result<LoadReport> rename(RawTable table, const Renaming& renaming) override {
    return target_->rename(table, renaming);
  }
  Result<LoadReport> replace(RawTable table, const Replacement& replacement) override {
    Replacement named_too = replacement;
    named_too.live = named(replacement.live);
    return target_->replace(table, named_too);
  }
  Result<std::map<std::string, int64_t>> ledger(RawTable table) override { return target_->ledger(table); }
  Result<std::map<std::string, int64_t>> ledger_of_dates(RawTable table, const std::set<std::string>& dts) override {
    return target_->ledger_of_dates(table, dts);
  }
  Result<Watermark> watermark(RawTable table) override { return target_->watermark(table); }
  Result<int64_t> steps(RawTable table) override { return target_->steps(table); }
  Result<LoadReport> set_watermark(RawTable table, const Goal& goal) override {
    return target_->set_watermark(table, goal);
  }
  Result<std::optional<LoadProof>> load_proof(RawTable table) override { return target_->load_proof(table); }
  Status keep_load_proof(RawTable table, const LoadProof& proof) override {
    return target_->keep_load_proof(table, proof);
  }
  Result<int64_t> row_count(RawTable table) override { return target_->row_count(table); }
  Result<std::vector<TextRow>> query(const std::string& sql) override { return target_->query(sql); }
  Result<std::string> dry_run(RawTable table, const std::vector<LakeFile>& files) override {
    return target_->dry_run(table, named(files));
  }

 private:
  std::vector<LakeFile> named(std::vector<LakeFile> files) const {
    for (LakeFile& file : files) file.absolute = lake_name(options_, file.absolute);
    return files;
  }

  WarehouseOptions options_;
  std::unique_ptr<Warehouse> target_;
};

}  // namespace

bool has_redshift_double() { return !environment_text("RCML_TEST_REDSHIFT").empty(); }

std::string redshift_url(const std::string& database, int through_port) {
  std::string url = environment_text("RCML_TEST_REDSHIFT");
  url.replace(url.find("BASE"), 4, database);
  const size_t port = url.rfind(':') + 1;
  if (through_port != 0) url.replace(port, url.find('/', port) - port, std::to_string(through_port));
  return url;
}

int redshift_port() {
  const std::string url = environment_text("RCML_TEST_REDSHIFT");
  return std::stoi(url.substr(url.rfind(':') + 1));
}

std::string fresh_redshift_database() {
  static std::atomic<int> count{0};
  const std::string name = "t" + std::to_string(getpid()) + "_" + std::to_string(count++);
  const auto admin = PgConnection::connect({*parse_warehouse_url(redshift_url("postgres")), {}, 3});
  RCML_CHECK(admin.ok());
  RCML_CHECK((*admin)->execute("create database " + name).ok());
  return name;
}

std::string lake_name(const WarehouseOptions& options, const std::string& local_path) {
  if (!is_redshift(options)) return local_path;
  RCML_CHECK(local_path.starts_with(s3_folder()));
  return "s3://" + local_path.substr(s3_folder().size());
}

Result<std::unique_ptr<Warehouse>> open_target(const WarehouseOptions& options) {
  if (!is_redshift(options)) return open_warehouse(options);
  RCML_TRY(auto target, open_warehouse(with_s3(options)));
  return std::unique_ptr<Warehouse>(std::make_unique<OnS3>(options, std::move(target)));
}

Result<std::unique_ptr<Warehouse>> offline_target(const WarehouseOptions& options) {
  if (!is_redshift(options)) return offline_warehouse(options);
  RCML_TRY(auto target, offline_warehouse(with_s3(options)));
  return std::unique_ptr<Warehouse>(std::make_unique<OnS3>(options, std::move(target)));
}

}  // namespace rcml::warehouse::testing
