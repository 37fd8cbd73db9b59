#include "core/env_defaults.h"

#include <optional>

namespace rcml {
namespace {

struct Found {
  std::string value;
  std::string origin;
};

std::optional<Found> find_setting(const EnvMap& environment, const EnvMap& env_file, const std::string& name) {
  if (const auto it = environment.find(name); it != environment.end() && !it->second.empty()) {
    return Found{it->second, "environment " + name};
  }
  if (const auto it = env_file.find(name); it != env_file.end() && !it->second.empty()) {
    return Found{it->second, ".env " + name};
  }
  return std::nullopt;
}

// redshift://USER:PASSWORD@HOST:PORT/DB of the RS_* names; parts that were not given are left out.
std::string redshift_url(const EnvMap& environment, const EnvMap& env_file, const std::string& host) {
  const auto part = [&](const std::string& name, const std::string& otherwise) {
    const auto found = find_setting(environment, env_file, name);
    return found ? found->value : otherwise;
  };
  std::string url = "redshift://";
  if (const std::string user = part("RS_USER", ""); !user.empty()) {
    url += percent_encoded(user);
    if (const std::string password = part("RS_PWD", ""); !password.empty()) url += ":" + percent_encoded(password);
    url += "@";
  }
  return url + host + ":" + part("RS_PORT", "5439") + "/" + percent_encoded(part("RS_DB", "dev"));
}

}  // namespace

std::vector<DerivedSetting> derived_settings(const EnvMap& environment, const EnvMap& env_file) {
  std::vector<DerivedSetting> out;
  if (const auto bucket = find_setting(environment, env_file, "S3_BUCKET")) {
    out.push_back({"lake", "s3://" + bucket->value + "/", bucket->origin});
  }
  if (const auto brokers = find_setting(environment, env_file, "KAFKA_BOOTSTRAP")) {
    out.push_back({"source.from", "kafka://" + brokers->value + "/clicks", brokers->origin});
  }
  if (const auto host = find_setting(environment, env_file, "RS_HOST")) {
    out.push_back({"warehouse", redshift_url(environment, env_file, host->value), host->origin});
  }
  return out;
}

EnvMap names_to_export(const EnvMap& environment, const EnvMap& env_file) {
  EnvMap out;
  for (const auto& [name, value] : env_file) {
    const bool is_read_there =
        name.starts_with("AWS_") || name.starts_with("RCML_KAFKA_") || name.starts_with("RCML_DBT_");
    if (is_read_there && !value.empty() && !environment.contains(name)) out.emplace(name, value);
  }
  return out;
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (kPlain.find(c) != std::string_view::npos) out += c;
    else out.append("%").append(1, kHex[byte >> 4]).append(1, kHex[byte & 15]);
  }
  return out;
}

}  // namespace rcml
