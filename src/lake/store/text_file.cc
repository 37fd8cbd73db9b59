#include "lake/store/text_file.h"

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>
#include <arrow/result.h>

#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

constexpr int64_t kTextBytesMax = 64LL << 20;

}  // namespace

Result<std::string> read_text(const Location& location, const std::string& path) {
  const std::string place = location.absolute(path);
  RCML_TRY(const auto file, location.read(path));
  const auto size = file->GetSize();
  if (!size.ok()) return store_error(size.status(), "read", place);
  if (*size > kTextBytesMax) return corrupt(place + " is larger than it can be", "Remove it");
  const auto buffer = file->ReadAt(0, *size);
  if (!buffer.ok()) return store_error(buffer.status(), "read", place);
  return (*buffer)->ToString();
}

Status write_text(const Location& location, const std::string& path, const std::string& text) {
  RCML_TRY(const auto stream, location.create(path));
  arrow::Status status = stream->Write(text.data(), static_cast<int64_t>(text.size()));
  if (status.ok()) status = stream->Close();
  if (!status.ok()) return store_error(status, "write", location.absolute(path));
  return location.make_durable(path);
}

}  // namespace rcml::lake
