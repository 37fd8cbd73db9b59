// lake/maintain/history_files.h: what the files of a table's history (_delta_log) are, and which checkpoints are
// complete.
//
// The commits before a checkpoint may be removed only when nothing of the checkpoint is missing. A killed writer leaves
// incomplete ones: a temporary name (….checkpoint.parquet#1), a set of parts that lacks one, a file that ends early.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "lake/store/location.h"

namespace rcml::lake {

inline constexpr std::string_view kHistoryFolder = "_delta_log/";

// Pure. Version of "_delta_log/00000000000000000042.json", ….checkpoint.parquet, ….crc and what else begins like that;
// nullopt for other files.
std::optional<int64_t> history_version(const std::string& path);
// Pure. Whether it is the commit of a version: 20 digits and ".json", nothing more.
bool is_commit(const std::string& path);
// Pure. The first version from which on each commit up to the newest is there; nullopt when there is none.
std::optional<int64_t> first_commit(const std::vector<StoredFile>& stored);

struct Checkpoint {
  int64_t version = 0;
  std::vector<std::string> parts;  // Paths; one, or all of a set in order.
};
// Pure. Those of which no part is missing, by their exact names, oldest first. Checkpoints of the second form (with a
// UUID and side files) are not looked at: nothing is removed for their sake.
std::vector<Checkpoint> whole_checkpoints(const std::vector<StoredFile>& stored);

// Reads every page of every part. Ok when all can be read and they hold the one protocol and the one metadata that a
// table has; else an error that says what is wrong with which part.
Status check_checkpoint(const Location& table, const Checkpoint& checkpoint);

}  // namespace rcml::lake
