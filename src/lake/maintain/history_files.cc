#include "lake/maintain/history_files.h"

#include <arrow/io/interfaces.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/exception.h>
#include <parquet/file_reader.h>
#include <parquet/schema.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "lake/store/arrow_status.h"

namespace rcml::lake {
namespace {

constexpr size_t kVersionDigits = 20;
constexpr size_t kPartDigits = 10;
constexpr std::string_view kCheckpoint = ".checkpoint.";
constexpr std::string_view kParquet = "parquet";

bool is_number(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Behind the version's digits; empty when there is none.
std::string_view tail_of(const std::string& path) {
  const size_t begin = kHistoryFolder.size() + kVersionDigits;
  if (path.size() <= begin || !path.starts_with(kHistoryFolder)) return {};
  const std::string_view digits = std::string_view(path).substr(kHistoryFolder.size(), kVersionDigits);
  const std::string_view tail = std::string_view(path).substr(begin);
  return is_number(digits) && tail.front() == '.' ? tail : std::string_view();
}

struct PartNumber {
  int64_t number = 1;
  int64_t count = 1;
};

// Of ".checkpoint.parquet" or ".checkpoint.0000000001.0000000003.parquet", and of no other name, however similar.
std::optional<PartNumber> part_of(std::string_view tail) {
  if (!tail.starts_with(kCheckpoint)) return std::nullopt;
  tail.remove_prefix(kCheckpoint.size());
  if (tail == kParquet) return PartNumber{};
  if (tail.size() != 2 * (kPartDigits + 1) + kParquet.size() || !tail.ends_with(kParquet)) return std::nullopt;
  const std::string_view number = tail.substr(0, kPartDigits);
  const std::string_view count = tail.substr(kPartDigits + 1, kPartDigits);
  if (!is_number(number) || !is_number(count) || tail[kPartDigits] != '.' || tail[2 * kPartDigits + 1] != '.')
    return std::nullopt;
  const PartNumber part{std::stoll(std::string(number)), std::stoll(std::string(count))};
  return part.number >= 1 && part.number <= part.count ? std::optional(part) : std::nullopt;
}

// How many actions a part holds of the two kinds that a table has exactly one of.
struct ActionCounts {
  int64_t protocols = 0;
  int64_t metadata = 0;
};

// Values, nulls not counted, of a column of the group.
int64_t count_values(parquet::RowGroupReader& group, int column) {
  const std::shared_ptr<parquet::ColumnReader> reader = group.Column(column);
  std::array<int16_t, 1024> levels{};
  std::array<int16_t, 1024> repeats{};
  int64_t count = 0;
  const auto read = [&](auto& typed, auto* values) {
    while (typed.HasNext()) {
      int64_t value_count = 0;
      typed.ReadBatch(levels.size(), levels.data(), repeats.data(), values, &value_count);
      count += value_count;
    }
  };
  if (reader->type() == parquet::Type::INT32) {
    std::array<int32_t, 1024> values{};
    read(static_cast<parquet::Int32Reader&>(*reader), values.data());
  } else if (reader->type() == parquet::Type::BYTE_ARRAY) {
    std::vector<parquet::ByteArray> values(levels.size());
    read(static_cast<parquet::ByteArrayReader&>(*reader), values.data());
  } else {
    throw parquet::ParquetException("column " + reader->descr()->name() + " has another type");
  }
  return count;
}

int column_of(const parquet::FileMetaData& metadata, const std::string& path) {
  const int column = metadata.schema()->ColumnIndex(path);
  if (column < 0) throw parquet::ParquetException("there is no column " + path);
  return column;
}

// Decompresses all there is: a file may have its end and yet be damaged before.
void read_all_pages(parquet::RowGroupReader& group, int column_count) {
  for (int column = 0; column < column_count; ++column) {
    const std::unique_ptr<parquet::PageReader> pages = group.GetColumnPageReader(column);
    while (pages->NextPage() != nullptr) {}
  }
}

Result<ActionCounts> read_part(const Location& table, const std::string& path) {
  RCML_TRY(auto input, table.read(path));
  ActionCounts counts;
  try {
    const auto reader = parquet::ParquetFileReader::Open(input);
    const parquet::FileMetaData& metadata = *reader->metadata();
    const int protocol = column_of(metadata, "protocol.minReaderVersion");
    const int table_id = column_of(metadata, "metaData.id");
    for (int i = 0; i < metadata.num_row_groups(); ++i) {
      const auto group = reader->RowGroup(i);
      read_all_pages(*group, metadata.num_columns());
      counts.protocols += count_values(*group, protocol);
      counts.metadata += count_values(*group, table_id);
    }
  } catch (const std::exception& thrown) {
    return read_error(thrown, table.absolute(path), "rcml lake checkpoint writes another checkpoint");
  }
  return counts;
}

}  // namespace

std::optional<int64_t> history_version(const std::string& path) {
  if (tail_of(path).empty()) return std::nullopt;
  return std::stoll(path.substr(kHistoryFolder.size(), kVersionDigits));
}

bool is_commit(const std::string& path) { return tail_of(path) == ".json"; }

std::optional<int64_t> first_commit(const std::vector<StoredFile>& stored) {
  std::set<int64_t> versions;
  for (const StoredFile& file : stored) {
    if (is_commit(file.path)) versions.insert(*history_version(file.path));
  }
  std::optional<int64_t> first;
  for (auto version = versions.rbegin(); version != versions.rend(); ++version) {
    if (first && *version != *first - 1) break;
    first = *version;
  }
  return first;
}

std::vector<Checkpoint> whole_checkpoints(const std::vector<StoredFile>& stored) {
  std::map<std::pair<int64_t, int64_t>, std::map<int64_t, std::string>> sets;  // By version and count of parts.
  for (const StoredFile& file : stored) {
    const auto part = part_of(tail_of(file.path));
    if (part) sets[{*history_version(file.path), part->count}][part->number] = file.path;
  }
  std::vector<Checkpoint> whole;
  for (const auto& [key, parts] : sets) {
    if (static_cast<int64_t>(parts.size()) != key.second) continue;
    Checkpoint& checkpoint = whole.emplace_back(Checkpoint{key.first, {}});
    for (const auto& [number, path] : parts) checkpoint.parts.push_back(path);
  }
  return whole;
}

Status check_checkpoint(const Location& table, const Checkpoint& checkpoint) {
  ActionCounts all;
  for (const std::string& part : checkpoint.parts) {
    RCML_TRY(const ActionCounts counts, read_part(table, part));
    all.protocols += counts.protocols;
    all.metadata += counts.metadata;
  }
  if (all.protocols == 1 && all.metadata == 1) return {};
  return corrupt("the checkpoint " + table.absolute(checkpoint.parts.front()) + " holds " +
                     std::to_string(all.protocols) + " protocols and " + std::to_string(all.metadata) +
                     " descriptions of the table, not one of each",
                 "rcml lake checkpoint writes another checkpoint");
}

}  // namespace rcml::lake
