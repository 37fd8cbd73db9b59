#include "broker/spool/layout.h"

#include <dirent.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>

#include "broker/spool/file.h"
#include "core/fnv1a.h"

namespace rcml::broker::spool {
namespace {

constexpr std::string_view kSealedSuffix = ".ndjson";
constexpr std::string_view kOpenSuffix = ".ndjson.open";
constexpr size_t kStartDigits = 20;
constexpr size_t kCreatedDigitsMin = 16;

std::optional<int64_t> parse_number(std::string_view text) {
  int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && static_cast<unsigned char>(text.front()) <= ' ') text.remove_prefix(1);
  while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.remove_suffix(1);
  return text;
}

// The text of one field of a JSON object whose values are numbers and plain strings, as both our files are. Strings
// come without their quotes.
std::optional<std::string_view> json_field(std::string_view json, std::string_view name) {
  const std::string_view object = trimmed(json);
  if (!object.starts_with('{') || !object.ends_with('}')) return std::nullopt;
  const std::string quoted = "\"" + std::string(name) + "\"";
  const size_t key = object.find(quoted);
  if (key == std::string_view::npos) return std::nullopt;
  std::string_view rest = trimmed(object.substr(key + quoted.size()));
  if (!rest.starts_with(':')) return std::nullopt;
  rest = trimmed(rest.substr(1));
  if (!rest.starts_with('"')) return trimmed(rest.substr(0, rest.find_first_of(",}")));
  const size_t close = rest.find('"', 1);
  if (close == std::string_view::npos) return std::nullopt;
  return rest.substr(1, close - 1);
}

std::optional<int64_t> number_field(std::string_view json, std::string_view name) {
  const auto text = json_field(json, name);
  return text ? parse_number(*text) : std::nullopt;
}

}  // namespace

std::string SegmentName::stem() const {
  char text[64];
  std::snprintf(text, sizeof text, "%020lld-%016lld", static_cast<long long>(start),
                static_cast<long long>(created_at.value));
  return text;
}

std::string SegmentName::file_name() const { return stem() + std::string(is_open ? kOpenSuffix : kSealedSuffix); }

std::optional<SegmentName> parse_segment_name(std::string_view file_name) {
  SegmentName out;
  out.is_open = file_name.ends_with(kOpenSuffix);
  if (!out.is_open && !file_name.ends_with(kSealedSuffix)) return std::nullopt;
  const std::string_view stem =
      file_name.substr(0, file_name.size() - (out.is_open ? kOpenSuffix : kSealedSuffix).size());
  if (stem.size() < kStartDigits + 1 + kCreatedDigitsMin || stem[kStartDigits] != '-') return std::nullopt;
  const auto start = parse_number(stem.substr(0, kStartDigits));
  const auto created = parse_number(stem.substr(kStartDigits + 1));
  if (!start || !created) return std::nullopt;
  out.start = *start;
  out.created_at = UtcMicros(*created);
  return out;
}

std::string to_json(const SpoolHeader& header) {
  return "{\"version\":1,\"name\":\"" + header.name + "\",\"partitions\":" + std::to_string(header.partitions) +
         ",\"roll_age_ms\":" + std::to_string(header.roll_age.value) +
         (header.id.empty() ? "" : ",\"id\":\"" + header.id + "\"") + "}\n";
}

std::optional<SpoolHeader> parse_header(std::string_view json) {
  const auto version = number_field(json, "version");
  const auto name = json_field(json, "name");
  const auto partitions = number_field(json, "partitions");
  const auto roll_age = number_field(json, "roll_age_ms");
  if (version != 1 || !name || !is_spool_name(*name)) return std::nullopt;
  if (!partitions || *partitions < 1 || *partitions > INT32_MAX || !roll_age) return std::nullopt;
  return SpoolHeader{std::string(*name), static_cast<int32_t>(*partitions), Millis(*roll_age),
                     std::string(json_field(json, "id").value_or(""))};
}

std::string to_json(const Seal& seal) {
  char text[192];
  std::snprintf(text, sizeof text, "{\"bytes\":%lld,\"events\":%lld,\"crc32c\":\"%08x\",\"next_start\":%lld}\n",
                static_cast<long long>(seal.bytes), static_cast<long long>(seal.events), seal.crc32c,
                static_cast<long long>(seal.next_start));
  return text;
}

std::optional<Seal> parse_seal(std::string_view json) {
  const auto bytes = number_field(json, "bytes");
  const auto events = number_field(json, "events");
  const auto crc = json_field(json, "crc32c");
  const auto next_start = number_field(json, "next_start");
  if (!bytes || !events || !crc || crc->size() != 8 || !next_start) return std::nullopt;
  Seal out{*bytes, *events, 0, *next_start};
  const auto [end, error] = std::from_chars(crc->data(), crc->data() + crc->size(), out.crc32c, 16);
  if (error != std::errc{} || end != crc->data() + crc->size()) return std::nullopt;
  return out;
}

std::string to_json(const TrimMark& mark) {
  return "{\"begin\":" + std::to_string(mark.begin) + ",\"trimmed_at\":" + std::to_string(mark.trimmed_at.value) +
         "}\n";
}

std::optional<TrimMark> parse_trim_mark(std::string_view json) {
  const auto begin = number_field(json, "begin");
  const auto trimmed_at = number_field(json, "trimmed_at");
  if (!begin || !trimmed_at) return std::nullopt;
  return TrimMark{*begin, UtcMicros(*trimmed_at)};
}

bool is_spool_name(std::string_view name) {
  const auto is_allowed = [](unsigned char c) { return std::isalnum(c) || c == '.' || c == '_' || c == '-'; };
  return !name.empty() && name.size() <= 200 && std::all_of(name.begin(), name.end(), is_allowed);
}

std::string name_from_dir(std::string_view dir) {
  while (dir.ends_with('/')) dir.remove_suffix(1);
  std::string name(dir.substr(dir.rfind('/') + 1));
  for (char& c : name) {
    if (!is_spool_name(std::string_view(&c, 1))) c = '_';
  }
  return name.empty() || name == "." || name == ".." ? "spool" : name.substr(0, 200);
}

int32_t partition_of(std::string_view key, int32_t partitions) {
  return static_cast<int32_t>(fnv1a(key) % static_cast<uint64_t>(partitions));
}

std::string partition_dir(const std::string& dir, Partition partition) {
  return dir + "/" + std::to_string(partition.value);
}

std::string seal_path(const std::string& partition_dir, const SegmentName& segment) {
  return partition_dir + "/" + segment.stem() + ".seal";
}

Result<SpoolHeader> read_header(const std::string& dir) {
  const std::string path = dir + "/spool.json";
  struct stat status{};
  if (stat(dir.c_str(), &status) != 0 && errno == ENOENT) {
    return bad_config("the spool " + dir + " does not exist",
                      "Check the path, or make one: rcml generate --out spool:" + dir);
  }
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    return bad_config(dir + " is not a spool: it has no spool.json", "Check the path");
  }
  RCML_TRY(const std::string json, read_small_file(path));
  const auto header = parse_header(json);
  if (!header)
    return corrupt(path + " is not the header of a spool of version 1",
                   "Restore it from a backup, or use the rcml that wrote it");
  return *header;
}

Result<TrimMark> read_trim_mark(const std::string& partition_dir) {
  const std::string path = partition_dir + "/" + kTrimMarkFile;
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) return TrimMark{};
  RCML_TRY(const std::string json, read_small_file(path));
  const auto mark = parse_trim_mark(json);
  if (!mark) return corrupt(path + " does not say where the partition begins", "Restore it from a backup");
  return *mark;
}

Result<std::vector<SegmentName>> list_segments(const std::string& partition_dir) {
  DIR* listing = opendir(partition_dir.c_str());
  if (listing == nullptr) return os_error("list", partition_dir);
  std::vector<SegmentName> out;
  errno = 0;
  while (const dirent* entry = readdir(listing)) {
    if (const auto name = parse_segment_name(entry->d_name)) out.push_back(*name);
  }
  const int code = errno;
  closedir(listing);
  if (code != 0) {
    errno = code;
    return os_error("list", partition_dir);
  }
  // A listing that runs beside the rename of a seal may show both names: the sealed one is the newer.
  std::sort(out.begin(), out.end(), [](const SegmentName& a, const SegmentName& b) {
    return std::tuple(a.start, a.created_at, a.is_open) < std::tuple(b.start, b.created_at, b.is_open);
  });
  const auto is_same = [](const SegmentName& a, const SegmentName& b) {
    return a.start == b.start && a.created_at == b.created_at;
  };
  out.erase(std::unique(out.begin(), out.end(), is_same), out.end());
  // Read after the listing: a trim writes its mark before it removes the first file.
  RCML_TRY(const TrimMark mark, read_trim_mark(partition_dir));
  std::erase_if(out, [&](const SegmentName& segment) { return segment.start < mark.begin; });
  return out;
}

Result<Seal> read_seal(const std::string& partition_dir, const SegmentName& segment) {
  const std::string path = seal_path(partition_dir, segment);
  struct stat status{};
  if (stat(path.c_str(), &status) != 0 && errno == ENOENT) {
    return corrupt("the segment " + partition_dir + "/" + segment.file_name() + " has no seal " + path,
                   "Restore the .seal file from a backup");
  }
  RCML_TRY(const std::string json, read_small_file(path));
  const auto seal = parse_seal(json);
  if (!seal || seal->next_start < segment.start + seal->bytes)
    return corrupt(path + " is not a seal", "Restore it from a backup");
  return *seal;
}

}  // namespace rcml::broker::spool
