// lake/store/disk_file.h: a new file on the local disk, written through one big buffer and fsynced when closed.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>
#include <string>
#include <string_view>

#include "core/result.h"

namespace rcml::lake {

// What a file is called until it is closed: a reader that takes every *.parquet of a folder never meets half a file.
inline constexpr std::string_view kPartSuffix = ".part";
std::string part_name(const std::string& path);

// Fails when the file exists. Close() gives it its name, Abort() removes it; a stream that is destroyed without either
// leaves part_name(path).
Result<std::shared_ptr<arrow::io::OutputStream>> create_disk_file(const std::string& path);

// Makes `folder` and its missing parents; each new entry is fsynced into its parent.
Status create_folders(const std::string& folder);

// The names in `folder` survive a power cut afterwards.
Status sync_folder(const std::string& folder);

}  // namespace rcml::lake
