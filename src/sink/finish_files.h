// sink/finish_files.h: closes data files, a few at a time: on S3 each is an upload, on a disk each waits for an fsync.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "lake/store/location.h"
#include "sink/generation.h"

namespace rcml::sink {

// Closes the open files of all `sets`, `threads` at a time; each is then listed in its set's `finished` and its memory is
// free. The first failure is returned after all were tried. The files that failed are no longer in the set, but their
// paths are.
Status finish_files(std::vector<FileSet*> sets, int32_t threads);

// Removes files that no commit has named. What cannot be removed is left to `lake vacuum`. Returns how many were
// removed.
int64_t remove_files(const std::vector<std::string>& paths, const lake::Location& table);

}  // namespace rcml::sink
