// broker/spool/lock.h: one writer per spool, and how a reader finds out whether it lives.
//
// An open-file-description lock on DIR/LOCK: the kernel takes it away when the process ends, however it ends. The
// file's text is the boot it was taken in: an unsealed segment of an earlier boot may have lost bytes to a power cut.
#pragma once

#include <string>

#include "broker/spool/file.h"
#include "core/result.h"

namespace rcml::broker::spool {

struct WriterLock {
  File file;
  bool is_same_boot = true;  // The last writer ran in this boot, so the page cache holds all it wrote.
};
// unavailable when another writer has it.
Result<WriterLock> lock_for_writing(const std::string& dir);
// Only when everything of an earlier boot has been recovered.
Status note_boot(const WriterLock& lock);
bool has_living_writer(const std::string& dir);

// Held by whoever changes which lakes are known (known_lakes.h) or where a partition begins (trim.h), for as long as the
// change takes: a lake becomes known before or after a trim, never in the middle of one. Waits for its turn; the kernel
// releases the lock of a process that ends. unavailable when the spool cannot be written to.
Result<File> lock_for_trim(const std::string& dir);

}  // namespace rcml::broker::spool
