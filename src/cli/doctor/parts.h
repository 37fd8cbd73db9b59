// cli/doctor/parts.h: the checks of each part that the settings name.
#pragma once

#include "cli/doctor/check.h"
#include "core/settings.h"

namespace rcml::cli {

// A group per part. A part the settings do not name is one `skip`.
CheckGroup source_checks(const Settings& settings);
CheckGroup lake_checks(const Settings& settings);
CheckGroup warehouse_checks(const Settings& settings);
CheckGroup project_checks(const Settings& settings);
CheckGroup dbt_checks(const Settings& settings);
CheckGroup port_checks(const Settings& settings);
// The files that hold secrets: the settings file, where it has any, and the page's token file.
CheckGroup secret_checks(const Settings& settings);

// One connection to HOST:PORT, over TCP alone: a name that is not known, a port that is closed and a network that
// swallows everything are told apart. Takes at most about five seconds an address.
Result<Verdict> reach(const std::string& host, const std::string& port);
// The same for "HOST:PORT", also "[::1]:PORT".
Result<Verdict> reach(const std::string& address);

// Room on the file system of `path`, or of the nearest folder above it that exists.
Result<Verdict> disk_space(const std::string& path);

}  // namespace rcml::cli
