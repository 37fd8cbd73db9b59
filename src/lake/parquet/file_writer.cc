#include "lake/parquet/file_writer.h"

#include <utility>

#include "core/clock.h"
#include "lake/parquet/column_file.h"
#include "lake/parquet/file_stats.h"
#include "lake/parquet/table_columns.h"

namespace rcml::lake {
namespace {

DataFile data_file(std::string path, Dt dt, int64_t bytes, int64_t row_count, std::string stats_json) {
  return {std::move(path), {{"dt", to_text(dt)}}, bytes, row_count, utc_now().value / 1000, std::move(stats_json)};
}

class ClickFile : public ClickFileWriter {
 public:
  ClickFile(std::unique_ptr<ColumnFile> file, std::string path, Dt dt)
      : file_(std::move(file)), path_(std::move(path)), dt_(dt) {}

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
    if constexpr (contract::kColumns[kIndex].type == contract::ColumnType::text)
      file_->add_bytes(kIndex, row.text[kIndex]);
  }

  std::unique_ptr<ColumnFile> file_;
  std::string path_;
  Dt dt_;
  Bounds event_ts_;
  Bounds partition_;
  Bounds offset_;
};

enum RejectColumn : uint8_t {
  reason,
  detail,
  raw,
  raw_bytes,
  reject_partition,
  reject_offset,
  arrived_at,
  reject_ingested_at
};

class RejectFile : public RejectFileWriter {
 public:
  RejectFile(std::unique_ptr<ColumnFile> file, std::string path, Dt dt)
      : file_(std::move(file)), path_(std::move(path)), dt_(dt) {}

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

Result<std::unique_ptr<ClickFileWriter>> ClickFileWriter::create(const Location& table, std::string path, Dt dt,
                                                                 const FileOptions& options) {
  RCML_TRY(auto file, ColumnFile::create(table, path, click_columns(), options));
  return std::unique_ptr<ClickFileWriter>(std::make_unique<ClickFile>(std::move(file), std::move(path), dt));
}

Result<std::unique_ptr<RejectFileWriter>> RejectFileWriter::create(const Location& table, std::string path, Dt dt,
                                                                   const FileOptions& options) {
  RCML_TRY(auto file, ColumnFile::create(table, path, reject_columns(), options));
  return std::unique_ptr<RejectFileWriter>(std::make_unique<RejectFile>(std::move(file), std::move(path), dt));
}

}  // namespace rcml::lake
