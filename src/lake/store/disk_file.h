// lake/store/disk_file.h: a new file on the local disk, written through one big buffer and fsynced when closed.
#pragma once

#include <arrow/io/interfaces.h>

#include <memory>
#include <string>

#include "core/result.h"

namespace rcml::lake {

// Fails when the file exists. A stream that is destroyed without Close() leaves what was written so far.
Result<std::shared_ptr<arrow::io::OutputStream>> create_disk_file(const std::string& path);

// Makes `folder` and its missing parents; each new entry is fsynced into its parent.
Status create_folders(const std::string& folder);

// The names in `folder` survive a power cut afterwards.
Status sync_folder(const std::string& folder);

}  // namespace rcml::lake
