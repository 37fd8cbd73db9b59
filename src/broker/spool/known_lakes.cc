#include "broker/spool/known_lakes.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cinttypes>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <tuple>

#include "broker/spool/file.h"
#include "broker/spool/layout.h"
#include "broker/spool/lock.h"
#include "core/fnv1a.h"

namespace rcml::broker::spool {
namespace {

constexpr std::string_view kSuffix = ".lake";
constexpr std::string_view kLakeWord = "lake ";
constexpr std::string_view kGroupWord = "\ngroup ";
constexpr std::string_view kLogWord = "\nlog ";

std::string folder_of(const std::string& dir) { return dir + "/lakes"; }

std::string text_of(const KnownLake& lake) {
  const std::string log = lake.log.empty() ? "" : std::string(kLogWord) + lake.log;
  return std::string(kLakeWord) + lake.url + std::string(kGroupWord) + lake.group + log + "\n";
}

std::string file_name_of(const KnownLake& lake) {
  char name[32];
  std::snprintf(name, sizeof name, "%016" PRIx64 ".lake", fnv1a(text_of(lake)));
  return name;
}

std::optional<KnownLake> parse_known_lake(std::string_view text) {
  const size_t group_at = text.find(kGroupWord);
  if (!text.starts_with(kLakeWord) || !text.ends_with('\n') || group_at == std::string_view::npos) return std::nullopt;
  KnownLake lake;
  lake.url = text.substr(kLakeWord.size(), group_at - kLakeWord.size());
  text.remove_suffix(1);
  const size_t log_at = text.find(kLogWord, group_at + kGroupWord.size());
  if (log_at != std::string_view::npos) {
    lake.log = text.substr(log_at + kLogWord.size());
    text = text.substr(0, log_at);
  }
  lake.group = text.substr(group_at + kGroupWord.size());
  if (lake.url.empty() || lake.group.empty()) return std::nullopt;
  return lake;
}

}  // namespace

Result<std::vector<KnownLake>> read_known_lakes(const std::string& dir) {
  std::vector<KnownLake> lakes;
  std::error_code failed;
  std::filesystem::directory_iterator entries(folder_of(dir), failed);
  if (failed == std::errc::no_such_file_or_directory) return lakes;
  if (failed) return unavailable("list " + folder_of(dir) + ": " + failed.message(), "Check its owner and mode");
  for (const auto& entry : entries) {
    const std::string path = entry.path();
    if (!path.ends_with(kSuffix)) continue;
    RCML_TRY(const std::string text, read_small_file(path));
    const auto lake = parse_known_lake(text);
    if (!lake)
      return corrupt(path + " names no lake", "Restore it from a backup, or remove it and name the lake: --lake");
    lakes.push_back(*lake);
  }
  std::sort(lakes.begin(), lakes.end(), [](const KnownLake& a, const KnownLake& b) {
    return std::tie(a.url, a.group, a.log) < std::tie(b.url, b.group, b.log);
  });
  return lakes;
}

Status note_known_lake(const std::string& dir, const KnownLake& lake) {
  if (access((folder_of(dir) + "/" + file_name_of(lake)).c_str(), F_OK) == 0) return {};
  RCML_TRY([[maybe_unused]] const File lock, lock_for_trim(dir));
  RCML_OK(make_dir(folder_of(dir)));
  RCML_OK(write_small_file(folder_of(dir), file_name_of(lake), text_of(lake)));
  return sync_dir(dir);
}

Status forget_known_lake(const std::string& dir, const KnownLake& lake) {
  RCML_TRY([[maybe_unused]] const File lock, lock_for_trim(dir));
  const std::string path = folder_of(dir) + "/" + file_name_of(lake);
  if (unlink(path.c_str()) != 0) return errno == ENOENT ? Status() : os_error("remove", path);
  return sync_dir(folder_of(dir));
}

}  // namespace rcml::broker::spool
