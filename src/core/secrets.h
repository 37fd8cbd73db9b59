// core/secrets.h: the values that must never be shown. parse_settings fills this; masked() (settings.h) uses it.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace rcml {

// Is a variable of this name secret by convention? (RS_PWD, AWS_SECRET_ACCESS_KEY, *_PASSWORD, *_TOKEN, ...)
bool is_secret_name(std::string_view name);
// From now on masked() hides `value`. Values under 4 bytes are not searched for: hiding every "1" would hide the text.
void remember_secret(std::string_view value);
void remember_secrets(const std::map<std::string, std::string>& environment);

}  // namespace rcml
