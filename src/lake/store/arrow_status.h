// lake/store/arrow_status.h: Arrow's errors as ours.
#pragma once

#include <arrow/status.h>

#include <exception>
#include <string>

#include "core/result.h"

namespace rcml::lake {

// "ACTION PLACE: what Arrow said", with the cure for a full disk, a wrong owner or refused credentials.
Error store_error(const arrow::Status& status, const std::string& action, const std::string& place);

// What Parquet's reader threw over the file `place`: store_error when the store failed, else corrupt with `cure`.
Error read_error(const std::exception& thrown, const std::string& place, const std::string& cure);

// `text` without the values of the AWS secrets of this process.
std::string without_secrets(std::string text);

}  // namespace rcml::lake
