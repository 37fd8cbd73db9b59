#include "lake/parquet/file_writer.h"

#include <algorithm>
#include <utility>

#include "core/clock.h"
#include "lake/json_text.h"
#include "lake/parquet/column_file.h"

namespace rcml::lake {
namespace {

// Smallest and largest value of a column that is never null.
class Bounds {
 public:
  void add(int64_t value) {
    min_ = std::min(min_, value);
    max_ = std::max(max_, value);
  }
  int64_t min() const { return min_; }
  int64_t max() const { return max_; }

 private:
  int64_t min_ = INT64_MAX;
  int64_t max_ = INT64_MIN;
};

// Delta's stats object. Times are given in whole milliseconds, which is all that readers agree on, rounded outwards so
// that the bounds hold for every microsecond inside.
class StatsText {
 public:
  void add_number(std::string_view column, const Bounds& bounds) { add(column, std::to_string(bounds.min()), std::to_string(bounds.max())); }
  void add_time(std::string_view column, const Bounds& bounds) { add(column, millis_text(bounds.min()), millis_text(bounds.max() + 999)); }
  std::string finish(int64_t row_count) && {
    const std::string count = "{\"numRecords\":" + std::to_string(row_count);
    if (row_count == 0) return count + '}';
    return count + ",\"minValues\":{" + min_ + "},\"maxValues\":{" + max_ + "},\"nullCount\":{" + nulls_ + "}}";
  }

 private:
  void add(std::string_view column, const std::string& min, const std::string& max) {
    const std::string key = (min_.empty() ? "" : ",") + json_string(column) + ':';
    min_ += key + min;
    max_ += key + max;
    nulls_ += key + '0';
  }

  static std::string millis_text(int64_t micros) {
    std::string text = to_text(UtcMicros(micros));  // 2025-08-24T10:00:00.123456Z
    text.replace(23, 3, "");
    return json_string(text);
  }

  std::string min_;
  std::string max_;
  std::string nulls_;
};

ValueKind kind_of(contract::ColumnType type) {
  switch (type) {
    case contract::ColumnType::text: return ValueKind::text;
    case contract::ColumnType::timestamp_us: return ValueKind::timestamp_us;
    case contract::ColumnType::decimal_12_2: return ValueKind::decimal_12_2;
    case contract::ColumnType::int32: return ValueKind::int32;
    case contract::ColumnType::int64: return ValueKind::int64;
  }
  return ValueKind::text;
}

// Columns whose values hardly repeat within a file: a dictionary of them costs a look-up per row and is thrown away.
bool is_unique_like(contract::Column column) {
  return column == contract::event_id || column == contract::order_id || column == contract::extra || column == contract::event_ts ||
         column == contract::source_offset;
}

// Bounds of these let a reader skip row groups; of random ids and of a handful of words they never would, and cost two
// comparisons a value.
bool has_useful_bounds(contract::Column column) {
  switch (column) {
    case contract::customer_id:
    case contract::anonymous_id:
    case contract::order_id: return true;
    default: return contract::kColumns[column].type != contract::ColumnType::text;
  }
}

std::vector<FileColumn> click_columns() {
  std::vector<FileColumn> columns;
  for (size_t i = 0; i < contract::kColumns.size(); ++i) {
    const contract::ColumnSpec& spec = contract::kColumns[i];
    const auto column = static_cast<contract::Column>(i);
    columns.push_back({spec.name, kind_of(spec.type), spec.is_required, !is_unique_like(column), has_useful_bounds(column)});
  }
  return columns;
}

DataFile data_file(std::string path, Dt dt, int64_t bytes, int64_t row_count, std::string stats_json) {
  return {std::move(path), {{"dt", to_text(dt)}}, bytes, row_count, utc_now().value / 1000, std::move(stats_json)};
}

class ClickFile : public ClickFileWriter {
 public:
  ClickFile(std::unique_ptr<ColumnFile> file, std::string path, Dt dt) : file_(std::move(file)), path_(std::move(path)), dt_(dt) {}

  Status append(const contract::ClickRow& row) override {
    add_texts(row, std::make_integer_sequence<int, contract::column_count>());
    file_->add_number(contract::event_ts, row.event_ts.value);
    if (row.has_revenue) {
      file_->add_number(contract::revenue, row.revenue_cents);
    } else {
      file_->add_null(contract::revenue);
    }
    file_->add_number(contract::source_partition, row.source_partition.value);
    file_->add_number(contract::source_offset, row.source_offset.value);
    file_->add_number(contract::ingested_at, row.ingested_at.value);
    event_ts_.add(row.event_ts.value);
    partition_.add(row.source_partition.value);
    offset_.add(row.source_offset.value);
    return file_->end_row();
  }

  int64_t row_count() const override { return file_->row_count(); }
  int64_t bytes_buffered() const override { return file_->bytes_buffered(); }
  int64_t bytes_estimated() const override { return file_->bytes_estimated(); }

  Result<DataFile> finish() override {
    RCML_TRY(const int64_t bytes, file_->finish());
    StatsText stats;
    stats.add_time("event_ts", event_ts_);
    stats.add_number("source_partition", partition_);
    stats.add_number("source_offset", offset_);
    return data_file(path_, dt_, bytes, file_->row_count(), std::move(stats).finish(file_->row_count()));
  }

 private:
  // Unrolled: which columns are text is known when this is compiled.
  template <int... kIndexes>
  void add_texts(const contract::ClickRow& row, std::integer_sequence<int, kIndexes...>) {
    (add_text<kIndexes>(row), ...);
  }

  template <int kIndex>
  void add_text(const contract::ClickRow& row) {
    if constexpr (contract::kColumns[kIndex].type == contract::ColumnType::text) file_->add_bytes(kIndex, row.text[kIndex]);
  }

  std::unique_ptr<ColumnFile> file_;
  std::string path_;
  Dt dt_;
  Bounds event_ts_;
  Bounds partition_;
  Bounds offset_;
};

enum RejectColumn : uint8_t { reason, detail, raw, raw_bytes, reject_partition, reject_offset, arrived_at, reject_ingested_at };

std::vector<FileColumn> reject_columns() {
  return {{"reason", ValueKind::text, true, true, true},
          {"detail", ValueKind::text, false, true, false},
          {"raw", ValueKind::binary, true, false, false},
          {"raw_bytes", ValueKind::int64, true, false, true},
          {"source_partition", ValueKind::int32, true, true, true},
          {"source_offset", ValueKind::int64, true, false, true},
          {"arrived_at", ValueKind::timestamp_us, true, true, true},
          {"ingested_at", ValueKind::timestamp_us, true, true, true}};
}

class RejectFile : public RejectFileWriter {
 public:
  RejectFile(std::unique_ptr<ColumnFile> file, std::string path, Dt dt) : file_(std::move(file)), path_(std::move(path)), dt_(dt) {}

  Status append(const contract::Reject& reject) override {
    file_->add_bytes(reason, contract::to_text(reject.reason));
    file_->add_bytes(detail, reject.detail);
    // An empty value is a reject like any other: it has no bytes, but it is not null.
    file_->add_bytes(raw, reject.raw.data() == nullptr ? std::string_view("") : reject.raw);
    file_->add_number(raw_bytes, reject.raw_bytes);
    file_->add_number(reject_partition, reject.source_partition.value);
    file_->add_number(reject_offset, reject.source_offset.value);
    file_->add_number(arrived_at, reject.arrived_at.value);
    file_->add_number(reject_ingested_at, reject.ingested_at.value);
    ingested_at_.add(reject.ingested_at.value);
    partition_.add(reject.source_partition.value);
    offset_.add(reject.source_offset.value);
    return file_->end_row();
  }

  int64_t row_count() const override { return file_->row_count(); }
  int64_t bytes_buffered() const override { return file_->bytes_buffered(); }

  Result<DataFile> finish() override {
    RCML_TRY(const int64_t bytes, file_->finish());
    StatsText stats;
    stats.add_number("source_partition", partition_);
    stats.add_number("source_offset", offset_);
    stats.add_time("ingested_at", ingested_at_);
    return data_file(path_, dt_, bytes, file_->row_count(), std::move(stats).finish(file_->row_count()));
  }

 private:
  std::unique_ptr<ColumnFile> file_;
  std::string path_;
  Dt dt_;
  Bounds ingested_at_;
  Bounds partition_;
  Bounds offset_;
};

}  // namespace

Result<std::unique_ptr<ClickFileWriter>> ClickFileWriter::create(const Location& table, std::string path, Dt dt, const FileOptions& options) {
  RCML_TRY(auto file, ColumnFile::create(table, path, click_columns(), options));
  return std::unique_ptr<ClickFileWriter>(std::make_unique<ClickFile>(std::move(file), std::move(path), dt));
}

Result<std::unique_ptr<RejectFileWriter>> RejectFileWriter::create(const Location& table, std::string path, Dt dt, const FileOptions& options) {
  RCML_TRY(auto file, ColumnFile::create(table, path, reject_columns(), options));
  return std::unique_ptr<RejectFileWriter>(std::make_unique<RejectFile>(std::move(file), std::move(path), dt));
}

}  // namespace rcml::lake
