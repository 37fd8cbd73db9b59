// warehouse/testing/sample_files.h: small lake files for the tests, written with Arrow alone (the lake's own writer is
// another layer's).
#pragma once

#include <string>
#include <vector>

#include "warehouse/raw_schema.h"
#include "warehouse/warehouse.h"

namespace rcml::warehouse::testing {

struct SampleFile {
  std::string dt = "2025-08-24";
  int64_t row_count = 10;
  int64_t first_offset = 0;                  // event_id is "e-<offset>".
  std::vector<std::string> without_columns;  // As an older writer would have left them out.
  std::string page = "/p/1";
  bool has_nanoseconds = false;
  std::string extra_column;                  // A text column the contract does not know.
};

// Writes <folder>/dt=…/<name>.parquet and returns it as the lake's log would name it.
LakeFile write_clicks(const std::string& folder, const std::string& name, const SampleFile& sample);
LakeFile write_rejects(const std::string& folder, const std::string& name, const SampleFile& sample);

// A fresh folder that the end of the test removes.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace rcml::warehouse::testing
