#include "warehouse/postgres/binary_copy.h"

#include <arrow/array.h>
#include <arrow/record_batch.h>
#include <arrow/type.h>
#include <endian.h>

#include <cstring>

#include "core/clock.h"

namespace rcml::warehouse {
namespace {

constexpr int64_t kMicrosFrom1970To2000 = 946'684'800 * kMicrosPerSecond;
constexpr int32_t kDaysFrom1970To2000 = 10'957;
constexpr int64_t kFixedFieldBytesMax = 4 + 16;  // The numeric is the widest.

char* write_u16(uint16_t value, char* out) {
  const uint16_t big = htobe16(value);
  std::memcpy(out, &big, sizeof big);
  return out + sizeof big;
}

char* write_u32(uint32_t value, char* out) {
  const uint32_t big = htobe32(value);
  std::memcpy(out, &big, sizeof big);
  return out + sizeof big;
}

char* write_u64(uint64_t value, char* out) {
  const uint64_t big = htobe64(value);
  std::memcpy(out, &big, sizeof big);
  return out + sizeof big;
}

char* write_null(char* out) { return write_u32(0xFFFFFFFF, out); }

char* write_int32(int32_t value, char* out) { return write_u32(static_cast<uint32_t>(value), write_u32(4, out)); }

char* write_int64(int64_t value, char* out) { return write_u64(static_cast<uint64_t>(value), write_u32(8, out)); }

char* write_bytes(std::string_view bytes, char* out) {
  out = write_u32(static_cast<uint32_t>(bytes.size()), out);
  std::memcpy(out, bytes.data(), bytes.size());
  return out + bytes.size();
}

// One column of a batch, its Arrow type settled once and not per value.
class Cursor {
 public:
  enum class Kind : uint8_t { absent, constant_date, bytes, dictionary, timestamp, decimal, int32, int64 };

  static Result<Cursor> of(const RawColumn& column, std::shared_ptr<arrow::Array> array);
  static Cursor constant(Dt dt) {
    Cursor cursor;
    cursor.kind_ = Kind::constant_date;
    cursor.date_ = dt.value - kDaysFrom1970To2000;
    return cursor;
  }
  static Cursor absent() { return {}; }

  int64_t bytes_max(int64_t row_count) const;
  char* write(int64_t row, char* out) const;
  // Row of the first value above the column's limit; -1 when none.
  int64_t first_too_long() const;

 private:
  std::string_view bytes_at(int64_t row) const {
    if (kind_ == Kind::bytes) return static_cast<const arrow::BinaryArray&>(*array_).GetView(row);
    const auto& dictionary = static_cast<const arrow::DictionaryArray&>(*array_);
    return static_cast<const arrow::BinaryArray&>(*dictionary.dictionary()).GetView(dictionary.GetValueIndex(row));
  }

  Kind kind_ = Kind::absent;
  int32_t date_ = 0;
  int32_t limit_ = 0;
  std::shared_ptr<arrow::Array> array_;
};

Result<Cursor> Cursor::of(const RawColumn& column, std::shared_ptr<arrow::Array> array) {
  Cursor cursor;
  cursor.limit_ = column.bytes_max;
  const arrow::DataType& type = *array->type();
  switch (type.id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: cursor.kind_ = Kind::bytes; break;
    case arrow::Type::DICTIONARY: {
      const auto values = static_cast<const arrow::DictionaryType&>(type).value_type()->id();
      if (values != arrow::Type::STRING && values != arrow::Type::BINARY) return corrupt("is " + type.ToString());
      cursor.kind_ = Kind::dictionary;
      break;
    }
    case arrow::Type::TIMESTAMP: cursor.kind_ = Kind::timestamp; break;
    case arrow::Type::DECIMAL128: cursor.kind_ = Kind::decimal; break;
    case arrow::Type::INT32: cursor.kind_ = Kind::int32; break;
    case arrow::Type::INT64: cursor.kind_ = Kind::int64; break;
    default: return corrupt("is " + type.ToString());
  }
  cursor.array_ = std::move(array);
  return cursor;
}

int64_t Cursor::bytes_max(int64_t row_count) const {
  if (kind_ == Kind::bytes)
    return row_count * 4 + static_cast<const arrow::BinaryArray&>(*array_).total_values_length();
  if (kind_ != Kind::dictionary) return row_count * kFixedFieldBytesMax;
  int64_t bytes = 0;
  for (int64_t row = 0; row < row_count; ++row)
    bytes += 4 + (array_->IsNull(row) ? 0 : static_cast<int64_t>(bytes_at(row).size()));
  return bytes;
}

int64_t Cursor::first_too_long() const {
  if (limit_ == 0 || (kind_ != Kind::bytes && kind_ != Kind::dictionary)) return -1;
  for (int64_t row = 0; row < array_->length(); ++row) {
    if (!array_->IsNull(row) && bytes_at(row).size() > static_cast<size_t>(limit_)) return row;
  }
  return -1;
}

char* Cursor::write(int64_t row, char* out) const {
  if (kind_ == Kind::constant_date) return write_int32(date_, out);
  if (kind_ == Kind::absent || array_->IsNull(row)) return write_null(out);
  switch (kind_) {
    case Kind::bytes:
    case Kind::dictionary: return write_bytes(bytes_at(row), out);
    case Kind::timestamp:
      return write_int64(static_cast<const arrow::TimestampArray&>(*array_).Value(row) - kMicrosFrom1970To2000, out);
    case Kind::int32: return write_int32(static_cast<const arrow::Int32Array&>(*array_).Value(row), out);
    case Kind::int64: return write_int64(static_cast<const arrow::Int64Array&>(*array_).Value(row), out);
    case Kind::decimal: {
      // Twelve digits fit the low half of the 128 bits, which stand little-endian.
      int64_t hundredths = 0;
      std::memcpy(&hundredths, static_cast<const arrow::Decimal128Array&>(*array_).GetValue(row), sizeof hundredths);
      return write_numeric_12_2(hundredths, out);
    }
    default: return write_null(out);
  }
}

Result<std::vector<Cursor>> cursors(const RawTableSpec& spec, const InspectedFile& file, Dt dt,
                                    const arrow::RecordBatch& batch, RawTable table) {
  std::vector<Cursor> made;
  for (const RawColumn& column : spec.columns) {
    if (column.name == "dt") {
      made.push_back(Cursor::constant(dt));
      continue;
    }
    size_t index = 0;
    while (spec.file_columns[index].name != column.name) ++index;
    if (file.shape[index] < 0) {
      made.push_back(Cursor::absent());
      continue;
    }
    auto cursor = Cursor::of(column, batch.column(file.shape[index]));
    if (!cursor.ok()) {
      return corrupt(
          "lake file " + file_label(table, file.file) + ": column " + column.name + " " + cursor.error().message,
          "Nothing was loaded; write the file with rcml stream");
    }
    if (cursor->first_too_long() >= 0) {
      return corrupt("lake file " + file_label(table, file.file) + ": column " + column.name + " holds more than " +
                         std::to_string(column.bytes_max) + " bytes",
                     "Nothing was loaded. rcml stream sets such events aside, so another program wrote this file");
    }
    made.push_back(*std::move(cursor));
  }
  return made;
}

}  // namespace

std::string_view binary_copy_header() {
  static constexpr char kHeader[] = "PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0";  // Signature, flags, length of the extension.
  return {kHeader, 19};
}

std::string_view binary_copy_trailer() { return {"\377\377", 2}; }

Status append_rows(RawTable table, const InspectedFile& file, Dt dt, const arrow::RecordBatch& batch,
                   std::string& out) {
  const RawTableSpec& spec = raw_table(table);
  RCML_TRY(const auto columns, cursors(spec, file, dt, batch, table));
  const int64_t row_count = batch.num_rows();
  int64_t bytes_max = row_count * 2;
  for (const Cursor& column : columns) bytes_max += column.bytes_max(row_count);
  const size_t before = out.size();
  out.resize(before + static_cast<size_t>(bytes_max));
  char* at = out.data() + before;
  for (int64_t row = 0; row < row_count; ++row) {
    at = write_u16(static_cast<uint16_t>(columns.size()), at);
    for (const Cursor& column : columns) at = column.write(row, at);
  }
  out.resize(static_cast<size_t>(at - out.data()));
  return {};
}

char* write_numeric_12_2(int64_t hundredths, char* out) {
  constexpr int kIntegerDigitsMax = 4;
  const uint64_t magnitude = hundredths < 0 ? 0 - static_cast<uint64_t>(hundredths) : static_cast<uint64_t>(hundredths);
  const uint16_t fraction = static_cast<uint16_t>(magnitude % 100 * 100);
  uint16_t digits[kIntegerDigitsMax + 1];
  int integer_count = 0;
  for (uint64_t rest = magnitude / 100; rest > 0; rest /= 10'000)
    digits[integer_count++] = static_cast<uint16_t>(rest % 10'000);
  const int count = integer_count + (fraction != 0 ? 1 : 0);
  out = write_u32(static_cast<uint32_t>(8 + 2 * count), out);
  out = write_u16(static_cast<uint16_t>(count), out);
  out = write_u16(static_cast<uint16_t>(integer_count - 1), out);  // Weight of the first digit; -1 for a pure fraction.
  out = write_u16(hundredths < 0 ? 0x4000 : 0, out);
  out = write_u16(2, out);  // Digits shown after the point.
  for (int i = integer_count; i-- > 0;) out = write_u16(digits[i], out);
  return fraction != 0 ? write_u16(fraction, out) : out;
}

}  // namespace rcml::warehouse
