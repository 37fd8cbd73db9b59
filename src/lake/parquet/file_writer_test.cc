#include "lake/parquet/file_writer.h"

#include <arrow/io/file.h>
#include <gmock/gmock.h>
#include <parquet/column_page.h>
#include <parquet/column_reader.h>
#include <parquet/file_reader.h>
#include <parquet/metadata.h>
#include <parquet/statistics.h>
#include <signal.h>
#include <sys/resource.h>

#include <filesystem>
#include <random>

#include "lake/schemas.h"
#include "lake/testing.h"

namespace rcml::lake {
namespace {

using namespace testing;  // NOLINT: the helpers above
using ::testing::HasSubstr;

constexpr int64_t kTimestamp = 1756029600123456;  // 2025-08-24T10:00:00.123456Z
const Dt kDt = *parse_dt("2025-08-24");
constexpr const char* kPath = "dt=2025-08-24/clicks-0-7-x.parquet";

contract::ClickRow row_at(int64_t offset) {
  contract::ClickRow row;
  row.text[contract::event_id] = "e1";
  row.text[contract::event_type] = "page_view";
  row.event_ts = UtcMicros(kTimestamp + offset);
  row.source_partition = Partition(3);
  row.source_offset = Offset(offset);
  row.ingested_at = UtcMicros(kTimestamp + 1'000'000);
  return row;
}

std::unique_ptr<parquet::ParquetFileReader> reader_of(const std::string& path) {
  return parquet::ParquetFileReader::OpenFile(path);
}

// Values of one column of the first row group; nulls as nullopt.
template <class Reader, class Value>
std::vector<std::optional<Value>> column_values(parquet::ParquetFileReader& file, int column) {
  const auto chunk = file.RowGroup(0)->Column(column);
  auto& typed = static_cast<Reader&>(*chunk);
  const bool is_optional = chunk->descr()->max_definition_level() == 1;
  std::vector<std::optional<Value>> values;
  while (typed.HasNext()) {
    int16_t level = 1;
    Value value{};
    int64_t read = 0;
    typed.ReadBatch(1, is_optional ? &level : nullptr, nullptr, &value, &read);
    values.push_back(read == 1 ? std::optional<Value>(value) : std::nullopt);
  }
  return values;
}

std::vector<std::optional<std::string>> texts(parquet::ParquetFileReader& file, int column) {
  const auto chunk = file.RowGroup(0)->Column(column);
  auto& typed = static_cast<parquet::ByteArrayReader&>(*chunk);
  std::vector<std::optional<std::string>> values;
  while (typed.HasNext()) {
    int16_t level = 1;
    parquet::ByteArray value;
    int64_t read = 0;
    typed.ReadBatch(1, chunk->descr()->max_definition_level() == 1 ? &level : nullptr, nullptr, &value, &read);
    values.push_back(read == 1 ? std::optional(std::string(reinterpret_cast<const char*>(value.ptr), value.len))
                               : std::nullopt);
  }
  return values;
}

TEST(ClickFileWriter, KeepsEveryValueAndEveryNull) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  const auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, {}));
  contract::ClickRow full = row_at(1);
  full.text[contract::geo_city] = "Z\xc3\xbcrich";
  full.text[contract::page] = "";  // Empty is not null.
  full.text[contract::extra] = R"({"junk":92233720368547758423})";
  full.has_revenue = true;
  full.revenue_cents = -123456;
  expect_ok(writer->append(full));
  expect_ok(writer->append(row_at(2)));
  const DataFile file = value_of(writer->finish());

  EXPECT_EQ(file.path, kPath);
  EXPECT_EQ(file.row_count, 2);
  EXPECT_EQ(file.partition_values.at("dt"), "2025-08-24");
  EXPECT_EQ(file.bytes, static_cast<int64_t>(std::filesystem::file_size(dir / kPath)));
  EXPECT_EQ(
      file.stats_json,
      R"({"numRecords":2,"minValues":{"event_ts":"2025-08-24T10:00:00.123Z","source_partition":3,"source_offset":1},)"
      R"("maxValues":{"event_ts":"2025-08-24T10:00:00.124Z","source_partition":3,"source_offset":2},)"
      R"("nullCount":{"event_ts":0,"source_partition":0,"source_offset":0}})");
  const auto read = reader_of(dir / kPath);
  using Texts = std::vector<std::optional<std::string>>;
  EXPECT_EQ(texts(*read, contract::event_id), (Texts{"e1", "e1"}));
  EXPECT_EQ(texts(*read, contract::geo_city), (Texts{"Z\xc3\xbcrich", std::nullopt}));
  EXPECT_EQ(texts(*read, contract::page), (Texts{"", std::nullopt}));
  EXPECT_EQ(texts(*read, contract::extra), (Texts{R"({"junk":92233720368547758423})", std::nullopt}));
  using Numbers = std::vector<std::optional<int64_t>>;
  EXPECT_EQ((column_values<parquet::Int64Reader, int64_t>(*read, contract::revenue)), (Numbers{-123456, std::nullopt}));
  EXPECT_EQ((column_values<parquet::Int64Reader, int64_t>(*read, contract::event_ts)),
            (Numbers{kTimestamp + 1, kTimestamp + 2}));
  EXPECT_EQ((column_values<parquet::Int64Reader, int64_t>(*read, contract::source_offset)), (Numbers{1, 2}));
  EXPECT_EQ((column_values<parquet::Int32Reader, int32_t>(*read, contract::source_partition)),
            (std::vector<std::optional<int32_t>>{3, 3}));
}

TEST(ClickFileWriter, HasTheContractsTypesAlsoWhereAllIsNull) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  const auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, {}));
  expect_ok(writer->append(row_at(1)));
  value_of(writer->finish());
  const auto read = reader_of(dir / kPath);
  const parquet::SchemaDescriptor* const schema = read->metadata()->schema();
  ASSERT_EQ(schema->num_columns(), contract::column_count);
  for (int i = 0; i < contract::column_count; ++i) {
    const contract::ColumnSpec& spec = contract::kColumns[static_cast<size_t>(i)];
    const parquet::ColumnDescriptor* const column = schema->Column(i);
    EXPECT_EQ(column->name(), spec.name);
    EXPECT_EQ(column->schema_node()->is_required(), spec.is_required) << spec.name;
    const std::string type = column->logical_type()->ToString();
    if (spec.type == contract::ColumnType::text) {
      EXPECT_EQ(type, "String") << spec.name;
    }
    if (spec.type == contract::ColumnType::timestamp_us) {
      EXPECT_EQ(column->physical_type(), parquet::Type::INT64);
      EXPECT_THAT(type, HasSubstr("isAdjustedToUTC=true, timeUnit=microseconds")) << spec.name;
    }
    if (spec.type == contract::ColumnType::decimal_12_2) {
      EXPECT_EQ(column->physical_type(), parquet::Type::INT64);
      EXPECT_EQ(type, "Decimal(precision=12, scale=2)");
    }
  }
}

// Rows of random ids: nothing in them compresses well.
void append_random(ClickFileWriter& writer, int64_t rows, std::mt19937_64& random, int64_t& buffered_max) {
  std::string id(40, 'x');
  for (int64_t i = 0; i < rows; ++i) {
    for (char& c : id) c = static_cast<char>('a' + random() % 26);
    contract::ClickRow row = row_at(i);
    row.text[contract::event_id] = id;
    row.text[contract::page] = std::string_view(id).substr(0, 20);
    expect_ok(writer.append(row));
    buffered_max = std::max(buffered_max, writer.bytes_buffered());
  }
}

TEST(ClickFileWriter, ClosesRowGroupsByBytesAndKeepsMemoryNearOne) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  FileOptions options;
  options.row_group_bytes_target = 4 << 20;
  const auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, options));
  std::mt19937_64 random(7);
  int64_t buffered_max = 0;
  append_random(*writer, 400'000, random, buffered_max);
  const int64_t estimated = writer->bytes_estimated();
  const DataFile file = value_of(writer->finish());
  EXPECT_NEAR(static_cast<double>(estimated), static_cast<double>(file.bytes), 0.2 * static_cast<double>(file.bytes));
  const auto metadata = reader_of(dir / kPath)->metadata();
  EXPECT_GT(metadata->num_row_groups(), 2);
  EXPECT_LE(metadata->num_row_groups(), file.bytes / (3 << 20) + 1);
  EXPECT_LT(buffered_max, 24 << 20);
}

TEST(ClickFileWriter, ManySmallAppendsMakeOneRowGroup) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  const auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, {}));
  for (int64_t i = 0; i < 100'000; ++i) expect_ok(writer->append(row_at(i)));
  value_of(writer->finish());
  EXPECT_EQ(reader_of(dir / kPath)->metadata()->num_row_groups(), 1);
}

class CodecTest : public ::testing::TestWithParam<Codec> {};

TEST_P(CodecTest, UsesOnlyEncodingsThatOldReadersKnow) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  FileOptions options;
  options.codec = GetParam();
  const auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, options));
  std::mt19937_64 random(7);
  int64_t buffered_max = 0;
  append_random(*writer, 60'000, random, buffered_max);
  value_of(writer->finish());
  const auto file = reader_of(dir / kPath);
  const auto group = file->metadata()->RowGroup(0);
  for (int i = 0; i < group->num_columns(); ++i) {
    const auto column = group->ColumnChunk(i);
    EXPECT_EQ(column->compression(),
              GetParam() == Codec::zstd ? parquet::Compression::ZSTD : parquet::Compression::SNAPPY);
    for (const parquet::Encoding::type encoding : column->encodings()) {
      EXPECT_TRUE(encoding == parquet::Encoding::PLAIN || encoding == parquet::Encoding::RLE ||
                  encoding == parquet::Encoding::RLE_DICTIONARY || encoding == parquet::Encoding::PLAIN_DICTIONARY)
          << i << " " << parquet::EncodingToString(encoding);
    }
    const auto pages = file->RowGroup(0)->GetColumnPageReader(i);
    while (const auto page = pages->NextPage()) EXPECT_NE(page->type(), parquet::PageType::DATA_PAGE_V2);
  }
  const auto statistics = group->ColumnChunk(contract::event_ts)->statistics();
  ASSERT_NE(statistics, nullptr);
  EXPECT_EQ(std::static_pointer_cast<parquet::Int64Statistics>(statistics)->min(), kTimestamp);
}

INSTANTIATE_TEST_SUITE_P(Both, CodecTest, ::testing::Values(Codec::zstd, Codec::snappy),
                         [](const auto& given) { return given.param == Codec::zstd ? "zstd" : "snappy"; });

TEST(ClickFileWriter, AnExistingFileIsNeverOverwritten) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  value_of(value_of(ClickFileWriter::create(*table, kPath, kDt, {}))->finish());
  const auto second = ClickFileWriter::create(*table, kPath, kDt, {});
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.error().message, HasSubstr("File exists"));
}

TEST(ClickFileWriter, ADiskThatTakesNoMoreIsAnErrorThatNamesTheFile) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit small{1 << 20, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  FileOptions options;
  options.row_group_bytes_target = 1 << 20;
  auto writer = value_of(ClickFileWriter::create(*table, kPath, kDt, options));
  std::string id(64, 'x');
  std::mt19937_64 random(7);
  Status outcome;
  for (int i = 0; i < 200'000 && outcome.ok(); ++i) {
    for (char& c : id) c = static_cast<char>('a' + random() % 26);
    contract::ClickRow row = row_at(i);
    row.text[contract::event_id] = id;
    outcome = writer->append(row);
  }
  const Status finished = outcome.ok() ? Status(writer->finish().take_error()) : std::move(outcome);
  writer.reset();
  setrlimit(RLIMIT_FSIZE, &before);
  ASSERT_FALSE(finished.ok());
  EXPECT_EQ(finished.error().kind, ErrorKind::unavailable);
  EXPECT_THAT(finished.error().message, HasSubstr(dir / kPath));
  EXPECT_THAT(finished.error().message, HasSubstr("File too large"));
}

TEST(RejectFileWriter, KeepsBytesAsTheyCame) {
  const TempDir dir;
  const auto table = location_of(dir.path());
  const auto writer = value_of(RejectFileWriter::create(*table, kPath, kDt, {}));
  contract::Reject reject;
  reject.reason = contract::RejectReason::bad_unicode;
  reject.detail = "page at byte 7";
  reject.raw = std::string_view("\xff\0\"x", 4);
  reject.raw_bytes = 4;
  reject.source_offset = Offset(9);
  reject.ingested_at = UtcMicros(kTimestamp);
  expect_ok(writer->append(reject));
  contract::Reject empty;
  empty.reason = contract::RejectReason::not_object;
  empty.ingested_at = UtcMicros(kTimestamp);
  expect_ok(writer->append(empty));
  EXPECT_EQ(value_of(writer->finish()).row_count, 2);
  const auto read = reader_of(dir / kPath);
  using Texts = std::vector<std::optional<std::string>>;
  EXPECT_EQ(texts(*read, 0), (Texts{"bad_unicode", "not_object"}));
  EXPECT_EQ(texts(*read, 2), (Texts{std::string("\xff\0\"x", 4), ""}));
}

TEST(Lake, ItsTwoTablesTakeTheFilesOfTheirWriters) {
  const TempDir dir;
  LakeTables lake = value_of(open_or_create_lake(dir / "lake"));
  const auto clicks = value_of(ClickFileWriter::create(lake.clicks->location(), kPath, kDt, {}));
  expect_ok(clicks->append(row_at(1)));
  CommitRequest request;
  request.adds = {value_of(clicks->finish())};
  ASSERT_EQ(value_of(lake.clicks->commit(request)).outcome, CommitOutcome::committed);
  const LakeTables again = value_of(open_lake(dir / "lake"));
  const std::vector<DataFile> files = value_of(again.clicks->live_files());
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].row_count, 1);
  EXPECT_THAT(files[0].stats_json, HasSubstr("\"source_offset\":1"));
  std::printf("stats in the log: %s\n", files[0].stats_json.c_str());
}

}  // namespace
}  // namespace rcml::lake
