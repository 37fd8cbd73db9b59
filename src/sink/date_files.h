// sink/date_files.h: the files that an encoder has open, one for each date, never more than it may.
#pragma once

#include <string>

#include "contract/event.h"
#include "core/result.h"
#include "lake/store/location.h"
#include "sink/generation.h"

namespace rcml::sink {

struct DateFilesOptions {
  lake::FileOptions files;
  std::string log_name;        // Part of the file names.
  int64_t open_dts_max = 64;   // Dates of clicks; rejects have the one or two of the day's.
  int32_t finishers = 4;       // Files closed at once to make room.
};

struct EncoderTables {
  const lake::Location* clicks = nullptr;  // Outlive the encoder.
  const lake::Location* rejects = nullptr;
};

// Not thread-safe. Files that are neither taken nor given up stay for `lake vacuum`.
class DateFiles {
 public:
  DateFiles(DateFilesOptions options, const EncoderTables& tables) : options_(std::move(options)), tables_(tables) {}

  // The open file of `dt`. It is created, and named after `first`, when there is room; null when there is none.
  Result<lake::ClickFileWriter*> clicks(Dt dt, const contract::ClickRow& first);
  Result<lake::RejectFileWriter*> rejects(Dt dt, const contract::Reject& first);
  // Closes all open files: they stay part of what take() gives.
  Status close_all();
  FileSet take();   // Afterwards there are none.
  void give_up();   // Removes all that was not taken: no commit can ever name it.

  int64_t bytes_held() const;        // Memory, about.
  int64_t bytes_estimated() const;   // Of the clicks' files when they are finished, about.
  int64_t open_files() const { return static_cast<int64_t>(set_.clicks.size() + set_.rejects.size()); }

 private:
  const DateFilesOptions options_;
  const EncoderTables tables_;
  FileSet set_;
};

}  // namespace rcml::sink
