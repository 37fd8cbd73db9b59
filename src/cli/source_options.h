// cli/source_options.h: settings -> options that several commands share.
#pragma once

#include <initializer_list>
#include <map>
#include <string>

#include "broker/open.h"
#include "core/settings.h"

namespace rcml::cli {

// bad_config naming every setting of the list that is missing, with its flag and environment name.
Status require(const Settings& settings, std::initializer_list<std::string_view> names);

// Of --kafka-property and RCML_KAFKA_*. bad_config on a malformed one.
Result<std::map<std::string, std::string>> kafka_properties(const Settings& settings);

// The folder that --from spool:DIR names; bad_config when it names something else.
Result<std::string> spool_folder_of(const Settings& settings);

Result<broker::SourceOptions> source_options(const Settings& settings);

}  // namespace rcml::cli
