#include "sink/date_files.h"

#include <utility>

#include "lake/file_name.h"
#include "sink/finish_files.h"

namespace rcml::sink {

Result<lake::ClickFileWriter*> DateFiles::clicks(Dt dt, const contract::ClickRow& first) {
  if (const auto known = set_.clicks.find(dt); known != set_.clicks.end()) return known->second.get();
  if (static_cast<int64_t>(set_.clicks.size()) >= options_.open_dts_max) return nullptr;
  const std::string path = lake::data_file_path(dt, options_.log_name, first.source_partition, first.source_offset);
  RCML_TRY(auto file, lake::ClickFileWriter::create(*tables_.clicks, path, dt, options_.files));
  set_.clicks_paths.push_back(path);
  return set_.clicks.emplace(dt, std::move(file)).first->second.get();
}

Result<lake::RejectFileWriter*> DateFiles::rejects(Dt dt, const contract::Reject& first) {
  if (const auto known = set_.rejects.find(dt); known != set_.rejects.end()) return known->second.get();
  const std::string path = lake::data_file_path(dt, options_.log_name, first.source_partition, first.source_offset);
  RCML_TRY(auto file, lake::RejectFileWriter::create(*tables_.rejects, path, dt, options_.files));
  set_.rejects_paths.push_back(path);
  return set_.rejects.emplace(dt, std::move(file)).first->second.get();
}

Status DateFiles::close_all() { return finish_files({&set_}, options_.finishers); }

FileSet DateFiles::take() { return std::exchange(set_, {}); }

void DateFiles::give_up() {
  FileSet set = take();
  set.clicks.clear();
  set.rejects.clear();
  remove_files(set.clicks_paths, *tables_.clicks);
  remove_files(set.rejects_paths, *tables_.rejects);
}

int64_t DateFiles::bytes_held() const {
  int64_t bytes = 0;
  for (const auto& [dt, file] : set_.clicks) bytes += file->bytes_buffered();
  for (const auto& [dt, file] : set_.rejects) bytes += file->bytes_buffered();
  return bytes;
}

int64_t DateFiles::bytes_estimated() const {
  int64_t bytes = 0;
  for (const auto& [dt, file] : set_.clicks) bytes += file->bytes_estimated();
  for (const lake::DataFile& file : set_.finished.clicks) bytes += file.bytes;
  return bytes;
}

}  // namespace rcml::sink
