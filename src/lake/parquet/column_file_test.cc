// lake/parquet/column_file_test.cc: what is written is what Parquet's own reader reads: values, nulls, bounds, pages.
#include "lake/parquet/column_file.h"

#include <gtest/gtest.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/page_index.h>
#include <parquet/statistics.h>

#include <algorithm>
#include <map>
#include <optional>
#include <random>
#include <set>

#include "lake/parquet/rle_hybrid.h"
#include "lake/parquet/value_dictionary.h"
#include "lake/testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers above

std::string packed(const std::vector<uint32_t>& values, int bit_width) {
  ByteArray out;
  append_rle_hybrid(values, bit_width, out);
  return {out.data(), out.size()};
}

TEST(RleHybrid, IsWhatTheFormatShows) {
  // The example of parquet-format, Encodings.md: 0 to 7 in three bits are 10001000 11000110 11111010.
  EXPECT_EQ(packed({0, 1, 2, 3, 4, 5, 6, 7}, 3), std::string("\x03\x88\xC6\xFA", 4));
  EXPECT_EQ(packed(std::vector<uint32_t>(100, 5), 3), std::string("\xC8\x01\x05", 3));
  EXPECT_EQ(packed(std::vector<uint32_t>(8, 0x1234), 13), std::string("\x10\x34\x12", 3)) << "a value of two bytes";
  EXPECT_EQ(packed({1, 0, 1}, 1), std::string("\x03\x05", 2)) << "filled up to eight";
  EXPECT_EQ(packed({}, 4), "");
}

TEST(RleHybrid, ARunLendsTheValuesAPackedGroupLacks) {
  std::vector<uint32_t> values{1, 2};
  values.insert(values.end(), 20, 3);
  // One group: 1 2 3 3 3 3 3 3; then fourteen times 3.
  EXPECT_EQ(packed(values, 2), std::string("\x03\xF9\xFF\x1C\x03", 5));
}

TEST(ValueDictionary, GivesEachValueOneNumber) {
  ValueDictionary dictionary(true);
  std::map<std::string, uint32_t> numbers;
  std::mt19937_64 random(11);
  for (int turn = 0; turn < 50'000; ++turn) {
    // Lengths around the eight bytes that are compared at once, ends and beginnings that differ in one byte.
    std::string value(random() % 20, 'a');
    if (!value.empty()) value[random() % value.size()] = static_cast<char>('a' + random() % 8);
    const uint32_t number = dictionary.index_of(value);
    const auto [known, is_new] = numbers.emplace(value, number);
    ASSERT_EQ(known->second, number) << value;
    if (is_new) {
      ASSERT_EQ(number + 1, numbers.size());
    }
  }
  EXPECT_EQ(dictionary.count(), numbers.size());
}

// One column of the file under test, with what was written.
struct Written {
  FileColumn column;
  std::vector<std::optional<std::string>> values;  // Numbers as their text.
};

struct Pattern {
  const char* name;
  ValueKind kind;
  bool is_required;
  bool has_dictionary;
  uint64_t different;   // Values.
  uint64_t null_every;  // 0: never, 1: always.
  uint64_t run;         // Rows that share a value.
};

constexpr Pattern kPatterns[] = {
    {"constant", ValueKind::text, true, true, 1, 0, 1},
    {"few", ValueKind::text, false, true, 7, 3, 1},
    {"runs", ValueKind::text, false, true, 300, 0, 50},
    {"overflows", ValueKind::text, false, true, 60'000, 10, 1},
    {"unique", ValueKind::text, true, false, UINT64_MAX, 0, 1},
    {"nothing", ValueKind::text, false, true, 5, 1, 1},
    {"bytes", ValueKind::binary, true, false, 1000, 0, 1},
    {"partition", ValueKind::int32, true, true, 12, 0, 100},
    {"narrow", ValueKind::int32, false, false, 1000, 2, 1},
    {"number", ValueKind::int64, true, false, UINT64_MAX, 0, 1},
    {"amount", ValueKind::decimal_12_2, false, true, 5000, 4, 1},
    {"time", ValueKind::timestamp_us, true, true, 100'000, 0, 1},
};

std::optional<std::string> value_of_row(const Pattern& pattern, uint64_t row, std::mt19937_64& random) {
  if (pattern.null_every > 0 && random() % pattern.null_every == 0) return std::nullopt;
  const uint64_t which = pattern.run > 1 ? row / pattern.run % pattern.different : random() % pattern.different;
  if (!is_bytes(pattern.kind)) {
    const auto number = static_cast<int64_t>(which % 2 == 0 ? which : 0 - which);
    return std::to_string(pattern.kind == ValueKind::int32 ? static_cast<int32_t>(number) : number);
  }
  if (which % 11 == 1) return "";  // Empty is not null.
  return std::string(pattern.kind == ValueKind::binary ? "\xff\0" : "v-", 2) + std::to_string(which);
}

std::vector<Written> write_file(const Location& table, const std::string& path, int64_t rows, int64_t group_bytes) {
  std::vector<Written> all;
  std::vector<FileColumn> columns;
  for (const Pattern& pattern : kPatterns) {
    columns.push_back({pattern.name, pattern.kind, pattern.is_required, pattern.has_dictionary, true});
    all.push_back({columns.back(), {}});
  }
  FileOptions options;
  options.row_group_bytes_target = group_bytes;
  const auto file = testing::value_of(ColumnFile::create(table, path, columns, options));
  std::mt19937_64 random(5);
  for (int64_t row = 0; row < rows; ++row) {
    for (size_t i = 0; i < all.size(); ++i) {
      const auto value = value_of_row(kPatterns[i], static_cast<uint64_t>(row), random);
      const int column = static_cast<int>(i);
      if (!value) {
        file->add_null(column);
      } else if (is_bytes(columns[i].kind)) {
        file->add_bytes(column, *value);
      } else {
        file->add_number(column, std::stoll(*value));
      }
      all[i].values.push_back(value);
    }
    expect_ok(file->end_row());
  }
  testing::value_of(file->finish());
  return all;
}

std::string text_of(const parquet::ByteArray& value) { return {reinterpret_cast<const char*>(value.ptr), value.len}; }
std::string text_of(int32_t value) { return std::to_string(value); }
std::string text_of(int64_t value) { return std::to_string(value); }

template <class Type>
void read_chunk(parquet::ColumnReader& chunk, std::vector<std::optional<std::string>>& values) {
  auto& reader = static_cast<parquet::TypedColumnReader<Type>&>(chunk);
  const bool is_optional = chunk.descr()->max_definition_level() == 1;
  std::vector<int16_t> levels(1000, 1);
  std::vector<typename Type::c_type> found(1000);
  while (reader.HasNext()) {
    int64_t value_count = 0;
    const int64_t read =
        reader.ReadBatch(1000, is_optional ? levels.data() : nullptr, nullptr, found.data(), &value_count);
    const int64_t rows = is_optional ? read : value_count;
    for (int64_t row = 0, value = 0; row < rows; ++row) {
      const bool is_null = levels[static_cast<size_t>(row)] == 0;
      values.push_back(is_null ? std::nullopt : std::optional(text_of(found[static_cast<size_t>(value++)])));
    }
  }
}

std::vector<std::optional<std::string>> read_chunk(parquet::ColumnReader& chunk) {
  std::vector<std::optional<std::string>> values;
  switch (chunk.type()) {
    case parquet::Type::BYTE_ARRAY: read_chunk<parquet::ByteArrayType>(chunk, values); break;
    case parquet::Type::INT32: read_chunk<parquet::Int32Type>(chunk, values); break;
    default: read_chunk<parquet::Int64Type>(chunk, values); break;
  }
  return values;
}

using Values = std::span<const std::optional<std::string>>;

// Smallest and largest, as the format orders them.
std::optional<std::pair<std::string, std::string>> bounds_of(Values values, ValueKind kind) {
  std::optional<std::pair<std::string, std::string>> bounds;
  const auto is_less = [kind](const std::string& a, const std::string& b) {
    return is_bytes(kind) ? a < b : std::stoll(a) < std::stoll(b);
  };
  for (const auto& value : values) {
    if (!value) continue;
    if (!bounds) bounds = {*value, *value};
    if (is_less(*value, bounds->first)) bounds->first = *value;
    if (is_less(bounds->second, *value)) bounds->second = *value;
  }
  return bounds;
}

std::string decoded(const std::string& encoded, ValueKind kind) {
  if (is_bytes(kind)) return encoded;
  return std::to_string(kind == ValueKind::int32 ? static_cast<int32_t>(load4(encoded.data()))
                                                 : static_cast<int64_t>(load8(encoded.data())));
}

void expect_statistics(const parquet::ColumnChunkMetaData& chunk, Values values, ValueKind kind) {
  const auto statistics = chunk.encoded_statistics();
  ASSERT_NE(statistics, nullptr);
  EXPECT_EQ(statistics->null_count, std::count(values.begin(), values.end(), std::nullopt));
  const auto bounds = bounds_of(values, kind);
  ASSERT_EQ(statistics->has_min, bounds.has_value());
  if (!bounds) return;
  EXPECT_EQ(decoded(statistics->min(), kind), bounds->first);
  EXPECT_EQ(decoded(statistics->max(), kind), bounds->second);
}

// The index tells of each page where it starts and what its bounds are.
void expect_page_index(parquet::RowGroupPageIndexReader& pages, int column, Values values, ValueKind kind) {
  const auto offsets = pages.GetOffsetIndex(column);
  const auto index = pages.GetColumnIndex(column);
  ASSERT_NE(offsets, nullptr);
  ASSERT_NE(index, nullptr);
  const auto& locations = offsets->page_locations();
  ASSERT_FALSE(locations.empty());
  for (size_t page = 0; page < locations.size(); ++page) {
    const auto from = static_cast<size_t>(locations[page].first_row_index);
    const size_t end =
        page + 1 < locations.size() ? static_cast<size_t>(locations[page + 1].first_row_index) : values.size();
    ASSERT_LT(from, end);
    const auto bounds = bounds_of(values.subspan(from, end - from), kind);
    EXPECT_EQ(index->null_pages()[page], !bounds.has_value());
    if (!bounds) continue;
    EXPECT_EQ(decoded(index->encoded_min_values()[page], kind), bounds->first);
    EXPECT_EQ(decoded(index->encoded_max_values()[page], kind), bounds->second);
  }
}

class ColumnFileTest : public ::testing::TestWithParam<int64_t> {};

TEST_P(ColumnFileTest, GivesBackWhatWasWritten) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  const std::vector<Written> all = write_file(*table, "a.parquet", GetParam(), 3 << 20);
  const auto file = parquet::ParquetFileReader::OpenFile(dir / "a.parquet");
  ASSERT_EQ(file->metadata()->num_rows(), GetParam());
  size_t from = 0;
  for (int group = 0; group < file->metadata()->num_row_groups(); ++group) {
    const auto metadata = file->metadata()->RowGroup(group);
    const auto rows = static_cast<size_t>(metadata->num_rows());
    const auto pages = file->GetPageIndexReader()->RowGroup(group);
    for (size_t i = 0; i < all.size(); ++i) {
      SCOPED_TRACE(std::string(all[i].column.name) + " in row group " + std::to_string(group));
      const int column = static_cast<int>(i);
      const Values values = Values(all[i].values).subspan(from, rows);
      const auto read = read_chunk(*file->RowGroup(group)->Column(column));
      ASSERT_TRUE(std::equal(read.begin(), read.end(), values.begin(), values.end()));
      expect_statistics(*metadata->ColumnChunk(column), values, all[i].column.kind);
      expect_page_index(*pages, column, values, all[i].column.kind);
    }
    from += rows;
  }
  EXPECT_EQ(from, static_cast<size_t>(GetParam()));
  EXPECT_EQ(file->metadata()->num_row_groups() > 1, GetParam() > 100'000);
}

// Around the rows between two looks at the pages, and enough for full pages, full dictionaries and full row groups.
INSTANTIATE_TEST_SUITE_P(Rows, ColumnFileTest, ::testing::Values(1, 7, 8, 2047, 2048, 2049, 200'000));

TEST(ColumnFileDeathTest, ANullInARequiredColumnEndsTheProgram) {
  ColumnChunk chunk({"id", ValueKind::text, true, true, true});
  EXPECT_DEATH(chunk.add_null(), "is_required_");
}

TEST(ColumnFile, ADictionaryThatGetsTooLargeIsGivenUp) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  write_file(*table, "a.parquet", 200'000, 1 << 30);
  const auto file = parquet::ParquetFileReader::OpenFile(dir / "a.parquet");
  const auto group = file->metadata()->RowGroup(0);
  std::map<std::string, std::set<parquet::Encoding::type>> encodings;
  for (int i = 0; i < group->num_columns(); ++i) {
    const auto chunk = group->ColumnChunk(i);
    EXPECT_EQ(chunk->has_dictionary_page(), kPatterns[i].has_dictionary) << kPatterns[i].name;
    for (const auto& page : chunk->encoding_stats()) {
      if (page.page_type != parquet::PageType::DICTIONARY_PAGE) encodings[kPatterns[i].name].insert(page.encoding);
    }
  }
  using parquet::Encoding;
  EXPECT_EQ(encodings["few"], std::set({Encoding::RLE_DICTIONARY}));
  EXPECT_EQ(encodings["overflows"], (std::set{Encoding::RLE_DICTIONARY, Encoding::PLAIN}));
  EXPECT_EQ(encodings["unique"], std::set({Encoding::PLAIN}));
}

}  // namespace
}  // namespace rcml::lake
