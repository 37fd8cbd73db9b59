// core/env_defaults.h: what the seed's environment names mean for our settings: S3_BUCKET is where the lake is,
// KAFKA_BOOTSTRAP where events come from, RS_HOST and its companions the warehouse.
//
// Pure. An explicit setting, wherever it was given, always wins over what is derived here.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rcml {

using EnvMap = std::map<std::string, std::string>;

struct DerivedSetting {
  std::string_view name;  // Of the setting: "lake".
  std::string value;
  std::string origin;     // ".env S3_BUCKET"
};
// `environment` wins over `env_file`, name by name.
std::vector<DerivedSetting> derived_settings(const EnvMap& environment, const EnvMap& env_file);

// The AWS_* and RCML_KAFKA_* names of the .env file that the environment lacks: what those that read the process's
// environment (Arrow's and Delta's S3 clients, our librdkafka properties) would miss.
EnvMap names_to_export(const EnvMap& environment, const EnvMap& env_file);

// "p@ss/word" -> "p%40ss%2Fword", for the user part of a URL.
std::string percent_encoded(std::string_view text);

}  // namespace rcml
