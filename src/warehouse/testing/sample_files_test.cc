#include "warehouse/testing/sample_files.h"

#include <arrow/array.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>
#include <arrow/type.h>
#include <arrow/util/decimal.h>
#include <gtest/gtest.h>
#include <parquet/arrow/writer.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>

#include "core/clock.h"
#include "warehouse/parquet_input.h"

namespace rcml::warehouse::testing {
namespace {

int64_t event_micros(const SampleFile& sample, int64_t row) {
  return parse_dt(sample.dt)->value * kMicrosPerDay + 10 * 3600 * kMicrosPerSecond + 123'456 + row;
}

std::shared_ptr<arrow::DataType> arrow_type(const RawColumn& column, const SampleFile& sample) {
  switch (column.type) {
    case RawType::text: return arrow::utf8();
    case RawType::binary: return arrow::binary();
    case RawType::timestamp_us:
      return arrow::timestamp(sample.has_nanoseconds ? arrow::TimeUnit::NANO : arrow::TimeUnit::MICRO, "UTC");
    case RawType::decimal_12_2: return arrow::decimal128(12, 2);
    case RawType::int32: return arrow::int32();
    case RawType::int64: return arrow::int64();
    case RawType::date: return arrow::date32();
  }
  return nullptr;
}

// Values that a wrong encoding would show: bytes beyond ASCII, nulls, negative and round amounts, a large offset.
std::string text_value(const std::string& column, const SampleFile& sample, int64_t offset) {
  if (column == "event_id") return "e-" + std::to_string(offset);
  if (column == "page") return sample.page;
  if (column == "geo_city") return "Zürich \xF0\x9F\x8F\x94 'x' \\ \t";
  return column.substr(0, 8);
}

void append(arrow::ArrayBuilder& builder, const RawColumn& column, const SampleFile& sample, int64_t row) {
  const int64_t offset = sample.first_offset + row;
  const bool is_null = (column.name == "utm_campaign" || column.name == "revenue") && offset % 3 == 0;
  arrow::Status status;
  if (is_null) {
    status = builder.AppendNull();
  } else {
    switch (column.type) {
      case RawType::text:
        status = static_cast<arrow::StringBuilder&>(builder).Append(text_value(column.name, sample, offset));
        break;
      case RawType::binary:
        status = static_cast<arrow::BinaryBuilder&>(builder).Append(std::string("\0\xff raw", 6));
        break;
      case RawType::timestamp_us:
        status = static_cast<arrow::TimestampBuilder&>(builder).Append(event_micros(sample, row) *
                                                                       (sample.has_nanoseconds ? 1000 : 1));
        break;
      case RawType::decimal_12_2:
        status = static_cast<arrow::Decimal128Builder&>(builder).Append(
            arrow::Decimal128((offset % 2 == 0 ? 1 : -1) * offset * 12345));
        break;
      case RawType::int32: status = static_cast<arrow::Int32Builder&>(builder).Append(3); break;
      case RawType::int64: status = static_cast<arrow::Int64Builder&>(builder).Append(offset); break;
      case RawType::date: break;
    }
  }
  RCML_CHECK(status.ok());
}

LakeFile write_file(const RawTableSpec& spec, const std::string& folder, const std::string& name,
                    const SampleFile& sample) {
  std::vector<std::shared_ptr<arrow::Field>> fields;
  std::vector<std::shared_ptr<arrow::Array>> arrays;
  std::vector<RawColumn> columns = spec.file_columns;
  if (!sample.extra_column.empty()) columns.push_back({sample.extra_column, RawType::text, 64});
  for (const RawColumn& column : columns) {
    if (std::ranges::find(sample.without_columns, column.name) != sample.without_columns.end()) continue;
    const auto type = arrow_type(column, sample);
    std::unique_ptr<arrow::ArrayBuilder> builder = *arrow::MakeBuilder(type);
    for (int64_t row = 0; row < sample.row_count; ++row) append(*builder, column, sample, row);
    fields.push_back(arrow::field(column.name, type));
    arrays.push_back(*builder->Finish());
  }
  const auto table = arrow::Table::Make(arrow::schema(fields), arrays);
  LakeFile file;
  file.path = "dt=" + sample.dt + "/" + name + ".parquet";
  file.absolute = folder + "/" + file.path;
  file.dt = sample.dt;
  file.row_count = sample.row_count;
  file.version = TableVersion(sample.first_offset + 1);
  std::filesystem::create_directories(folder + "/dt=" + sample.dt);
  const auto out = *arrow::io::FileOutputStream::Open(file.absolute);
  RCML_CHECK(parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), out, 5'000).ok());
  RCML_CHECK(out->Close().ok());
  file.bytes = static_cast<int64_t>(std::filesystem::file_size(file.absolute));
  return file;
}

}  // namespace

LakeFile write_clicks(const std::string& folder, const std::string& name, const SampleFile& sample) {
  return write_file(raw_table(RawTable::clicks), folder, name, sample);
}

LakeFile write_rejects(const std::string& folder, const std::string& name, const SampleFile& sample) {
  return write_file(raw_table(RawTable::rejects), folder, name, sample);
}

TempFolder::TempFolder() {
  std::string name = std::filesystem::temp_directory_path().string() + "/rcml_warehouse_XXXXXX";
  RCML_CHECK(mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

TEST(SampleFiles, AreWhatTheLoaderAccepts) {
  const TempFolder folder;
  const LakeFile file = write_clicks(folder.path(), "a", {});
  const auto inspected = inspect_file(RawTable::clicks, file, open_local_file);
  ASSERT_TRUE(inspected.ok()) << inspected.error().text();
  EXPECT_EQ(inspected->columns.size(), raw_table(RawTable::clicks).file_columns.size());
}

}  // namespace rcml::warehouse::testing
