// warehouse/testing/loader_child.h: a loader in a process of its own, to be killed. The child is this test program,
// started anew: a fork would carry over threads and locks that the real program does not have.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "warehouse/warehouse.h"

namespace rcml::warehouse::testing {

// Loads each file in a transaction of its own.
pid_t start_loader(const std::string& url, const std::vector<LakeFile>& files, const std::string& folder,
                   const std::map<std::string, std::string>& environment = {});
// Opens the DuckDB file, says so by making `folder`/held, and keeps it until killed.
pid_t start_holder(const std::string& url, const std::string& folder);
// Exit code, or 128 + signal.
int wait_for(pid_t child);

}  // namespace rcml::warehouse::testing
