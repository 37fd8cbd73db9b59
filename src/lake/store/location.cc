#include "lake/store/location.h"

#include <arrow/filesystem/localfs.h>
#include <arrow/io/interfaces.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>

#include "lake/store/arrow_status.h"
#include "lake/store/disk_file.h"
#include "lake/store/s3.h"

namespace rcml::lake {
namespace {

constexpr std::string_view kFileScheme = "file://";
constexpr std::string_view kS3Scheme = "s3://";

bool is_url_safe(char c) {
  const bool is_alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  return is_alphanumeric || std::string_view("/-_.~=").find(c) != std::string_view::npos;
}

std::string percent_encoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    if (is_url_safe(c)) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string percent_decoded(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && hex_value(text[i + 1]) >= 0 && hex_value(text[i + 2]) >= 0) {
      out += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string with_slash(std::string text) {
  while (text.size() > 1 && text.back() == '/') text.pop_back();
  return text == "/" ? text : text + '/';
}

std::string parent_of(const std::string& path) { return path.substr(0, path.find_last_of('/')); }

// Whether one of the folders is "..": "my..clicks" is a name like any other.
bool climbs(std::string_view path) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") return true;
    begin = end + 1;
  }
  return false;
}

// A path must stay inside its table; nothing but a damaged log can ask for more.
Status check_relative(const std::string& path) {
  if (path.empty() || path.front() == '/' || climbs(path)) {
    return corrupt("path \"" + path + "\" points outside of its table", "Look at the table's log; nothing was touched");
  }
  return {};
}

}  // namespace

Location::Location(std::string root, bool is_local, std::shared_ptr<arrow::fs::FileSystem> fs)
    : url_(std::string(is_local ? kFileScheme : kS3Scheme) + percent_encoded(root)),
      root_(std::move(root)),
      is_local_(is_local),
      fs_(std::move(fs)) {}

Result<std::shared_ptr<Location>> Location::open(const std::string& url) {
  if (url.empty()) return bad_config("no lake given", "Name a folder or s3://BUCKET/PREFIX");
  if (url.starts_with(kS3Scheme)) {
    const std::string root = with_slash(url.substr(kS3Scheme.size()));
    if (root.front() == '/') return bad_config("lake " + url + " names no bucket", "Write it as s3://BUCKET/PREFIX");
    RCML_TRY(auto fs, open_s3());
    return std::shared_ptr<Location>(new Location(root, false, std::move(fs)));
  }
  std::string path = url;
  if (url.starts_with(kFileScheme)) {
    path = percent_decoded(url.substr(kFileScheme.size()));
    if (path.empty() || path.front() != '/')
      return bad_config("lake " + url + " is no absolute path", "Write it as file:///DIR");
  } else if (url.find("://") != std::string::npos) {
    return bad_config("lake " + url + " is neither a folder nor s3://BUCKET/PREFIX");
  }
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed).lexically_normal();
  if (failed) return bad_config("lake " + url + ": " + failed.message());
  auto fs = std::make_shared<arrow::fs::LocalFileSystem>();
  return std::shared_ptr<Location>(new Location(with_slash(absolute.string()), true, std::move(fs)));
}

Result<std::shared_ptr<Location>> Location::child(const std::string& name) const {
  RCML_OK(check_relative(name));
  return std::shared_ptr<Location>(new Location(with_slash(root_ + name), is_local_, fs_));
}

std::string Location::absolute(const std::string& path) const { return root_ + path; }

Status Location::create_root() const {
  if (!is_local_) return {};
  return create_folders(root_ == "/" ? root_ : root_.substr(0, root_.size() - 1));
}

Result<std::shared_ptr<arrow::io::OutputStream>> Location::create(const std::string& path) const {
  RCML_OK(check_relative(path));
  const std::string absolute_path = absolute(path);
  if (is_local_) {
    RCML_OK(create_folders(parent_of(absolute_path)));
    return create_disk_file(absolute_path);
  }
  auto stream = fs_->OpenOutputStream(absolute_path, nullptr);
  if (!stream.ok()) return store_error(stream.status(), "create", url_ + path);
  return *stream;
}

Status Location::make_durable(const std::string& path) const {
  // The folders above were made durable when they were made (create_folders).
  return is_local_ ? sync_folder(parent_of(absolute(path))) : Status();
}

Result<std::shared_ptr<arrow::io::RandomAccessFile>> Location::read(const std::string& path) const {
  RCML_OK(check_relative(path));
  auto file = fs_->OpenInputFile(absolute(path));
  if (!file.ok()) return store_error(file.status(), "read", url_ + path);
  return *file;
}

Result<std::vector<StoredFile>> Location::list(const std::string& under) const {
  arrow::fs::FileSelector selector;
  selector.base_dir = with_slash(absolute(under));
  selector.base_dir.pop_back();
  selector.recursive = true;
  selector.allow_not_found = true;
  auto found = fs_->GetFileInfo(selector);
  if (!found.ok()) return store_error(found.status(), "list", url_ + under);
  std::vector<StoredFile> files;
  for (const arrow::fs::FileInfo& info : *found) {
    if (!info.IsFile() || !info.path().starts_with(root_)) continue;
    const auto modified = std::chrono::duration_cast<std::chrono::milliseconds>(info.mtime().time_since_epoch());
    files.push_back({info.path().substr(root_.size()), info.size(), modified.count()});
  }
  return files;
}

Status Location::remove(const std::string& path) const {
  RCML_OK(check_relative(path));
  if (is_local_) {
    for (const std::string& name : {absolute(path), part_name(absolute(path))}) {
      if (::unlink(name.c_str()) != 0 && errno != ENOENT) return os_error("remove", name);
    }
    return {};
  }
  const arrow::Status status = fs_->DeleteFile(absolute(path));
  if (status.ok()) return {};
  // S3 says the same for "absent" and for trouble: look before calling it a failure.
  const auto info = fs_->GetFileInfo(absolute(path));
  if (info.ok() && info->type() == arrow::fs::FileType::NotFound) return {};
  return store_error(status, "remove", url_ + path);
}

std::string delta_store_options_json(const Location& location) {
  return location.is_local() ? "{}" : s3_bridge_options_json();
}

}  // namespace rcml::lake
