#include "dashboard/published_marts.h"

#include <sys/stat.h>
#include <cerrno>

#include "core/clock.h"
#include "core/log.h"
#include "dashboard/duckdb_database.h"
#include "dashboard/panels.h"

namespace rcml::dashboard {
namespace {

class PublishedState : public MartState {
 public:
  PublishedState(std::unique_ptr<DuckdbDatabase> database, std::string version, int64_t published_at_ms,
                 MartShape shape, DataBounds bounds)
      : database_(std::move(database)),
        version_(std::move(version)),
        published_at_ms_(published_at_ms),
        shape_(std::move(shape)),
        bounds_(bounds) {}
  const std::string& version() const override { return version_; }
  int64_t published_at_ms() const override { return published_at_ms_; }
  const MartShape& shape() const override { return shape_; }
  const DataBounds& bounds() const override { return bounds_; }
  Result<Table> run(const Query& query) const override { return database_->run(query); }

 private:
  std::unique_ptr<DuckdbDatabase> database_;
  std::string version_;
  int64_t published_at_ms_;
  MartShape shape_;
  DataBounds bounds_;
};

int64_t modified_ms(const struct stat& file) {
  return int64_t{file.st_mtim.tv_sec} * 1000 + file.st_mtim.tv_nsec / 1'000'000;
}

// Inode, size and time of change: a copy renamed into place differs from the one before in at least one of them.
std::string version_of(const struct stat& file) {
  return std::to_string(file.st_ino) + '-' + std::to_string(file.st_size) + '-' +
         std::to_string(int64_t{file.st_mtim.tv_sec} * 1'000'000'000 + file.st_mtim.tv_nsec);
}

std::string text_of(const Value& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text == nullptr ? std::string() : *text;
}

Result<MartShape> read_shape(const DuckdbDatabase& database) {
  RCML_TRY(
      const Table table,
      database.run(
          {"select table_schema, table_name, column_name from information_schema.columns "
           "where table_catalog = current_database() order by table_schema = 'raw', table_schema, table_name, ordinal_position",
           {}}));
  std::vector<MartShape::Column> columns;
  for (const auto& row : table.rows) columns.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2])});
  return MartShape(columns);
}

Result<DataBounds> read_bounds(const DuckdbDatabase& database, const MartShape& shape) {
  RCML_TRY(const Table table, database.run(bounds_query(shape)));
  const auto first = parse_dt(text_of(table.rows.at(0).at(0)));
  const auto last = parse_dt(text_of(table.rows.at(0).at(1)));
  if (!first || !last) return DataBounds();
  return DataBounds(DateRange{*first, *last});
}

Result<MartStatePtr> open_state(const std::string& path, const struct stat& file) {
  // Nothing a query could say reaches another file, the network or a setting.
  RCML_TRY(auto database, DuckdbDatabase::open(path, {{"access_mode", "READ_ONLY"},
                                                      {"enable_external_access", "false"},
                                                      {"autoinstall_known_extensions", "false"},
                                                      {"autoload_known_extensions", "false"},
                                                      {"memory_limit", "1GB"},
                                                      {"lock_configuration", "true"}}));
  RCML_TRY(MartShape shape, read_shape(*database));
  RCML_TRY(const DataBounds bounds, read_bounds(*database, shape));
  return MartStatePtr(std::make_shared<PublishedState>(std::move(database), version_of(file), modified_ms(file),
                                                       std::move(shape), bounds));
}

}  // namespace

std::string published_path(const std::string& warehouse_file) {
  constexpr std::string_view kEnding = ".duckdb";
  const bool has_ending = warehouse_file.ends_with(kEnding);
  return (has_ending ? warehouse_file.substr(0, warehouse_file.size() - kEnding.size()) : warehouse_file) +
         ".published.duckdb";
}

Result<MartStatePtr> PublishedMarts::current() {
  const std::lock_guard lock(mutex_);
  struct stat file{};
  if (::stat(path_.c_str(), &file) != 0) {
    if (errno != ENOENT && errno != ENOTDIR) return os_error("look at", path_);
    state_.reset();
    return MartStatePtr();
  }
  if (state_ && state_->version() == version_of(file)) return state_;
  RCML_TRY(state_, open_state(path_, file));
  log_info("published marts opened", {{"path", path_}, {"version", state_->version()}});
  return state_;
}

}  // namespace rcml::dashboard
