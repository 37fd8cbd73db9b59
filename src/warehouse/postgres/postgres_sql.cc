#include "warehouse/postgres/postgres_sql.h"

#include <cstdio>

#include "core/clock.h"

namespace rcml::warehouse {
namespace {

// "rcml load" as a number of our own among the database's advisory locks.
constexpr int64_t kLoaderLock = 0x72636d6c6c6f6164;

std::string month_start(int32_t year, uint32_t month) {
  char text[32];
  std::snprintf(text, sizeof text, "%04d-%02u-01", year, month);
  return text;
}

}  // namespace

std::string partition_name(const RawTableSpec& spec, Dt dt) {
  const CivilDate date = civil_from_days(dt.value);
  char suffix[32];
  std::snprintf(suffix, sizeof suffix, "_%04d%02u", date.year, date.month);
  return spec.name + suffix;
}

std::vector<std::string> create_partition_sql(const RawTableSpec& spec, Dt dt) {
  const CivilDate date = civil_from_days(dt.value);
  const bool is_december = date.month == 12;
  const std::string from = month_start(date.year, date.month);
  const std::string to = is_december ? month_start(date.year + 1, 1) : month_start(date.year, date.month + 1);
  const std::string name = partition_name(spec, dt);
  return {"create table raw." + name + " (like raw." + spec.name + " including all)",
          "alter table raw." + spec.name + " attach partition raw." + name + " for values from ('" + from + "') to ('" +
              to + "')"};
}

std::string copy_sql(const RawTableSpec& spec, Dt dt) {
  return "copy raw." + partition_name(spec, dt) + " (" + column_list(spec.columns) + ") from stdin (format binary)";
}

std::string lock_sql() { return "select pg_advisory_xact_lock(" + std::to_string(kLoaderLock) + ")"; }

}  // namespace rcml::warehouse
