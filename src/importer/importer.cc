// importer/importer.cc: record -> fields -> event text -> the contract's decoder as the judge -> log of events.
#include "importer/importer.h"

#include <algorithm>

#include "contract/columns.h"
#include "contract/decoder.h"
#include "core/clock.h"
#include "core/stop.h"
#include "importer/byte_input.h"
#include "importer/event_text.h"
#include "importer/formats.h"
#include "importer/record_reader.h"
#include "importer/reject_file.h"

namespace rcml::importer {
namespace {

constexpr int64_t kProgressEvery = 10'000;

// "data/otto.jsonl.gz" -> "otto.jsonl": packed or not, here or there, the ids stay the same.
std::string name_of(const ImportOptions& options) {
  if (!options.source_name.empty()) return options.source_name;
  std::string name = options.path.substr(options.path.find_last_of('/') + 1);
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  return name;
}

bool is_sent_column(std::string_view name) {
  return std::any_of(contract::kColumns.begin(), contract::kColumns.begin() + contract::extra,
                     [&](const auto& column) { return column.name == name; });
}

Status check_columns(const std::string& flag, const std::map<std::string, std::string>& by_column) {
  for (const auto& [column, value] : by_column) {
    if (!is_sent_column(column))
      return bad_config(flag + ": '" + column + "' is no column an event can have",
                        "`rcml contract json-schema` lists them");
  }
  return {};
}

class Importer {
 public:
  Importer(const ImportOptions& options, broker::EventWriter& out)
      : options_(options),
        out_(out),
        text_(options, name_of(options)),
        rejects_(options.rejects_path),
        decoder_(limits(options)) {}

  Result<ImportReport> run(RecordReader& reader) {
    Status status = read_all(reader);
    // What was written before a fault of the input stays: it must be durable, and its rejects readable.
    const Status closed = out_.close();
    RCML_OK(rejects_.close());
    RCML_OK(closed);
    if (!status.ok()) return status.take_error();
    return std::move(report_);
  }

 private:
  static contract::DecodeLimits limits(const ImportOptions& options) {
    contract::DecodeLimits limits;
    limits.event_bytes_max = options.event_bytes_max;
    limits.cut_columns = options.cut_columns;
    return limits;
  }

  Status read_all(RecordReader& reader) {
    Record record;
    if (options_.format == Format::csv) RCML_OK(read_header(reader));
    while (!stop_requested()) {
      RCML_TRY(const bool is_there, reader.next(record));
      if (!is_there) return {};
      ++report_.records;
      RCML_OK(take_record(record));
    }
    return Error{ErrorKind::cancelled, "stopped after " + std::to_string(report_.records) + " records",
                 "Import again from the start: ids stay the same"};
  }

  Status read_header(RecordReader& reader) {
    Record record;
    RCML_TRY(const bool is_there, reader.next(record));
    if (!is_there || !record.fault.empty())
      return bad_config(options_.path + ": no header line" + (record.fault.empty() ? "" : ": " + record.fault),
                        "A CSV needs the names of its columns in the first line");
    for (const std::string& name : record.fields) {
      std::string quoted;
      append_json_string(quoted, name);
      header_.push_back(quoted.substr(1, quoted.size() - 2));
    }
    for (size_t i = 0; i < header_.size(); ++i) {
      if (std::find(header_.begin(), header_.begin() + static_cast<int64_t>(i), header_[i]) !=
          header_.begin() + static_cast<int64_t>(i)) {
        return bad_config(options_.path + ": the header names '" + header_[i] + "' twice", "Rename one of the two");
      }
    }
    for (const auto& [column, field] : options_.column_of) {
      if (std::find(header_.begin(), header_.end(), field) == header_.end()) {
        return bad_config("--map " + column + "=" + field + ": the header has no '" + field + "'",
                          "The header is: " + record.text);
      }
    }
    return {};
  }

  Status take_record(const Record& record) {
    if (!record.fault.empty()) return reject({record.line, 0}, "bad_record", record.fault, record.text);
    switch (options_.format) {
      case Format::csv: return take_csv(record);
      case Format::ndjson: return take_event(ndjson_fields(record.text), {record.line, 0}, record.text);
      case Format::otto: break;
    }
    int64_t index = 0;
    for (const EventFields& event : otto_events(record.text, memory_))
      RCML_OK(take_event(event, {record.line, index++}, record.text));
    return {};
  }

  Status take_csv(const Record& record) {
    if (record.fields.size() != header_.size()) {
      return reject({record.line, 0}, "bad_record",
                    std::to_string(record.fields.size()) + " fields, the header has " + std::to_string(header_.size()),
                    record.text);
    }
    EventFields event;
    for (size_t i = 0; i < header_.size(); ++i) event.fields.push_back({header_[i], record.fields[i], false});
    return take_event(event, {record.line, 0}, record.text);
  }

  Status take_event(const EventFields& given, const Place& place, const std::string& raw) {
    if (!given.fault.empty()) return reject(place, "bad_record", given.fault, raw);
    const std::string fault = text_.build(given.fields, place);
    if (!fault.empty()) return reject(place, fault.starts_with("event_ts") ? "ts_format" : "wrong_type", fault, raw);
    contract::SourceEvent event;
    event.bytes = text_.event();
    event.arrived_at = utc_now();
    contract::ClickRow row;
    if (decoder_.decode(event, Partition(0), event.arrived_at, row, reject_) == contract::Outcome::reject) {
      return reject(place, contract::to_text(reject_.reason), reject_.detail, raw);
    }
    RCML_OK(out_.write(text_.key().empty() ? row.text[contract::event_id] : text_.key(), text_.event()));
    contract::count_cuts(row.cut_columns, report_.texts_cut);
    ++report_.events_by_type[std::string(row.text[contract::event_type])];
    if (++report_.events % kProgressEvery == 0 && options_.on_progress) options_.on_progress(report_.events);
    return {};
  }

  Status reject(const Place& place, std::string_view reason, std::string_view detail, const std::string& raw) {
    ++report_.rejects;
    return rejects_.add(place, reason, detail, raw);
  }

  const ImportOptions& options_;
  broker::EventWriter& out_;
  EventText text_;
  RejectFile rejects_;
  contract::Decoder decoder_;
  contract::Reject reject_;
  std::vector<std::string> header_;
  std::vector<std::string> memory_;
  ImportReport report_;
};

}  // namespace

Result<std::map<std::string, std::string>> parse_pairs(const std::string& what, const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> result;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == pair.size())
      return bad_config(what + ": '" + pair + "' is no pair", "Write it as a=b");
    if (!result.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second)
      return bad_config(what + ": '" + pair.substr(0, equals) + "' stands twice", "Give it once");
  }
  return result;
}

Result<ImportReport> import_events(const ImportOptions& given, broker::EventWriter& out) {
  const ImportOptions options = given.format == Format::otto ? with_otto_rules(given) : given;
  RCML_OK(check_columns("--map", options.column_of));
  RCML_OK(check_columns("--set", options.constants));
  RCML_TRY(auto input, open_input(options.path));
  const auto reader = options.format == Format::csv
                          ? csv_reader(std::move(input), options.delimiter, options.record_bytes_max)
                          : line_reader(std::move(input), options.record_bytes_max);
  return Importer(options, out).run(*reader);
}

}  // namespace rcml::importer
