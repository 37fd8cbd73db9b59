// cli/installation.h: where the program finds what belongs to it: dbt, and the models dbt builds.
//
// It may stand in three places: a checkout (build/rcml), an unpacked archive (ANYWHERE/bin/rcml) or a system
// (/usr/bin/rcml). The last two look alike from inside: PREFIX/bin, PREFIX/lib/rcml, PREFIX/share/rcml. Nothing is
// compiled in, so a folder may be moved at any time.
#pragma once

#include <filesystem>
#include <string>

#include "core/settings.h"

namespace rcml::cli {

// The person's cache, ours alone: $XDG_CACHE_HOME/rcml or ~/.cache/rcml.
std::filesystem::path cache_folder();

// --dbt-bin; otherwise the first that is there of: the package's environment (setup-dbt), the checkout's
// (tools/setup.sh), and "dbt", to be looked up on PATH.
std::string dbt_bin(const Settings& settings);

// --project-dir; otherwise dags/clickstream of the current folder, of the checkout or of the package.
std::string dbt_project_dir(const Settings& settings);

// The command that puts dbt where dbt_bin() finds it.
std::string dbt_install_command();

}  // namespace rcml::cli
