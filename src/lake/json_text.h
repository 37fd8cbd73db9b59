// lake/json_text.h: values as JSON text. Only what the Delta bridge is told.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rcml::lake {

std::string json_string(std::string_view text);                            // "a\"b"
std::string json_object(const std::map<std::string, std::string>& values);  // {"k":"v"}
std::string json_array(const std::vector<std::string>& values);             // ["a","b"]

}  // namespace rcml::lake
