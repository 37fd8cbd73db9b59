#include "warehouse/warehouse_url.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace rcml::warehouse {
namespace {

constexpr std::string_view kCure =
    "Write duckdb:FILE, postgres://USER:PW@HOST:PORT/DB or redshift://USER:PW@HOST:PORT/DB";

// host:port/db without what may be secret: everything up to the last '@' of the authority, and the parameters.
std::string without_secrets(std::string_view rest) {
  rest = rest.substr(0, rest.find('?'));
  const size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  const std::string_view path = slash == std::string_view::npos ? std::string_view() : rest.substr(slash);
  const size_t at = authority.rfind('@');
  return std::string(at == std::string_view::npos ? authority : authority.substr(at + 1)) + std::string(path);
}

// An unescaped character in the password ends the authority before its '@': libpq would take a piece of the password for
// the port, and say so.
bool is_cut_by_password(std::string_view rest) {
  const size_t end = rest.find_first_of("/?#");
  if (end == std::string_view::npos) return false;
  const std::string_view authority = rest.substr(0, end);
  const std::string_view after = rest.substr(end);
  if (authority.find('@') != std::string_view::npos) return false;
  return after.substr(0, after.find('?', 1)).find('@') != std::string_view::npos;
}

Result<WarehouseUrl> parse_server(Target target, std::string_view scheme, std::string_view rest) {
  if (is_cut_by_password(rest)) {
    return bad_config("warehouse URL " + std::string(scheme) + "://… is malformed", kPercentEncodeCure);
  }
  WarehouseUrl parsed;
  parsed.target = target;
  parsed.connection = "postgresql://" + std::string(rest);
  parsed.display = std::string(scheme) + "://" + without_secrets(rest);
  if (rest.empty()) return bad_config("warehouse URL " + parsed.display + " names no host", std::string(kCure));
  return parsed;
}

}  // namespace

Result<WarehouseUrl> parse_warehouse_url(const std::string& url) {
  if (url.empty()) return bad_config("no warehouse is given", "Pass --warehouse URL. " + std::string(kCure));
  if (url.starts_with("duckdb:")) {
    WarehouseUrl parsed;
    parsed.file = url.substr(sizeof "duckdb:" - 1);
    if (parsed.file.starts_with("//")) parsed.file = parsed.file.substr(2);  // duckdb:///abs/file
    parsed.display = "duckdb:" + parsed.file;
    if (parsed.file.empty()) return bad_config("warehouse URL duckdb: names no file", std::string(kCure));
    if (parsed.file == ":memory:") {
      return bad_config("warehouse URL duckdb::memory: would be gone when the command ends",
                        "Name a file: duckdb:FILE");
    }
    return parsed;
  }
  for (const auto& [scheme, target] : {std::pair{std::string_view("postgres"), Target::postgres},
                                       std::pair{std::string_view("postgresql"), Target::postgres},
                                       std::pair{std::string_view("redshift"), Target::redshift}}) {
    const std::string prefix = std::string(scheme) + "://";
    if (url.starts_with(prefix)) return parse_server(target, scheme, std::string_view(url).substr(prefix.size()));
  }
  // Only the scheme is repeated: whatever follows might hold a password.
  return bad_config("warehouse URL has an unknown scheme: " + url.substr(0, std::min(url.find(':'), size_t{20})),
                    std::string(kCure));
}

}  // namespace rcml::warehouse
