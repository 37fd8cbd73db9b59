#include "dashboard/published_marts.h"

#include <sys/stat.h>
#include <cerrno>

#include "core/clock.h"
#include "core/log.h"
#include "dashboard/duckdb_database.h"
#include "dashboard/panels.h"

namespace rcml::dashboard {
namespace {

constexpr std::string_view kPublishedCatalog = "published";

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

// Beyond this many sessions the numbering would take too much memory; visitors are then counted from the file, slower.
constexpr int64_t kNumberedSessionsMax = 5'000'000;

std::string quoted_text(std::string_view text) {
  std::string out = "'";
  for (const char byte : text) {
    if (byte == '\'') out += '\'';
    out += byte;
  }
  return out + '\'';
}

// The file beside an own database in memory. Nothing a query could say reaches another file, the network or a setting.
Result<std::unique_ptr<DuckdbDatabase>> attach(const std::string& path) {
  RCML_TRY(auto database, DuckdbDatabase::open(":memory:", {{"autoinstall_known_extensions", "false"},
                                                            {"autoload_known_extensions", "false"},
                                                            {"memory_limit", "1GB"}}));
  const auto attached =
      database->run({"attach " + quoted_text(path) + " as " + std::string(kPublishedCatalog) + " (read_only)", {}});
  if (!attached.ok())
    return unavailable("cannot open " + path + ": " + attached.error().message,
                       "Publish again with `rcml transform --warehouse duckdb:FILE`");
  RCML_OK(database->run({"set enable_external_access = false", {}}));
  RCML_OK(database->run({"set lock_configuration = true", {}}));
  return database;
}

Result<MartShape> read_shape(const DuckdbDatabase& database) {
  RCML_TRY(
      const Table table,
      database.run({"select table_schema, table_name, column_name from information_schema.columns "
                    "where table_catalog = ? order by table_schema = 'raw', table_schema, table_name, ordinal_position",
                    {std::string(kPublishedCatalog)}}));
  std::vector<MartShape::Column> columns;
  for (const auto& row : table.rows) columns.push_back({text_of(row[0]), text_of(row[1]), text_of(row[2])});
  return MartShape(columns, std::string(kPublishedCatalog));
}

Result<DataBounds> read_bounds(const DuckdbDatabase& database, const MartShape& shape) {
  RCML_TRY(const Table table, database.run(bounds_query(shape)));
  const auto first = parse_dt(text_of(table.rows.at(0).at(0)));
  const auto last = parse_dt(text_of(table.rows.at(0).at(1)));
  if (!first || !last) return DataBounds();
  return DataBounds(DateRange{*first, *last});
}

// Numbers the visitors, in memory: counting different numbers is several times as fast as counting different texts.
Status number_visitors(const DuckdbDatabase& database, MartShape& shape) {
  RCML_TRY(const Table counted, database.run({"select count(*) from (" + shape.sessions() + ") s", {}}));
  if (std::get<int64_t>(counted.rows.at(0).at(0)) > kNumberedSessionsMax) return {};
  const std::string sessions = '(' + shape.sessions() + ')';
  const std::string steps[] = {
      "create table memory.main.numbers as select visitor_id, cast(row_number() over () as integer) as visitor_no from "
      "(select distinct visitor_id from " +
          sessions + " s where visitor_id is not null) v",
      "create table memory.main.visits as select s.session_date, n.visitor_no, s.device, s.utm_campaign, s.is_bot from " +
          sessions + " s left join memory.main.numbers n on n.visitor_id = s.visitor_id",
      "drop table memory.main.numbers"};
  for (const std::string& step : steps) RCML_OK(database.run({step, {}}));
  shape.use_numbered_visits("memory.main.visits");
  return {};
}

Result<MartStatePtr> open_state(const std::string& path, const struct stat& file) {
  RCML_TRY(auto database, attach(path));
  RCML_TRY(MartShape shape, read_shape(*database));
  RCML_TRY(const DataBounds bounds, read_bounds(*database, shape));
  if (const Status numbered = number_visitors(*database, shape); !numbered.ok())
    log_warn("visitors are counted from the file", {{"path", path}, {"reason", numbered.error().text()}});
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
