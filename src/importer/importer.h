// importer/importer.h: real events of foreign files into a log of events: OTTO sessions, CSV with a header, JSON lines.
//
// Streams: memory does not grow with the file. Whatever would be rejected later is set aside here, with the number of
// its line: the log gets only events that decode. The same file gives the same event ids every time it is imported, so
// a second import adds copies that the models drop.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "broker/event_source.h"
#include "contract/cut_columns.h"
#include "core/result.h"

namespace rcml::importer {

enum class Format : uint8_t {
  otto,  // {"session":1,"events":[{"aid":2,"ts":1659304800025,"type":"clicks"},...]} per line.
  csv,  // RFC 4180 with a header line.
  ndjson,  // One JSON object per line.
};

// What a time is in the source. Never guessed from the number of its digits.
enum class TimeUnit : uint8_t {
  iso,  // As the contract has it: ISO-8601 with a zone.
  sql,  // "2019-11-01 00:00:00[.f] [UTC|Z|+hh:mm]"; without a zone it is UTC.
  s,  // Since 1970, decimals allowed.
  ms,
  us,
};

struct ImportOptions {
  std::string path;  // "-" is standard input. gzip is seen by its first bytes.
  Format format = Format::ndjson;
  std::map<std::string, std::string> column_of;  // Our column -> field of the source.
  std::map<std::string, std::string> event_type_of;  // The source's type -> ours; others pass as they are.
  std::map<std::string, std::string> constants;  // Our column -> text given to every event.
  TimeUnit time_unit = TimeUnit::iso;
  char delimiter = ',';
  std::string source_name;  // Part of the ids; empty: the file's name without folder and .gz.
  std::string rejects_path;  // Made when the first bad line comes; one JSON object per bad line.
  int64_t event_bytes_max = 1'000'000;
  contract::ColumnSet cut_columns = 0;  // Where an over-long text is no fault: the stream will cut it (DecodeLimits).
  int64_t record_bytes_max = 16 << 20;  // Of one line or CSV record; longer ones are bad lines.
  std::function<void(int64_t events)> on_progress;
};

struct ImportReport {
  int64_t records = 0;  // Lines, CSV records.
  int64_t events = 0;  // Written.
  int64_t rejects = 0;  // Events or records set aside.
  std::map<std::string, int64_t> events_by_type;
  contract::CutCounts texts_cut{};  // Texts that the stream will cut; the log has them whole.
};

// Closes `out`: all events are durable afterwards. bad_config: no such file, unknown column, a header that lacks a
// mapped field. corrupt: a gzip stream that is damaged or ends early; the events before are written and durable.
Result<ImportReport> import_events(const ImportOptions& options, broker::EventWriter& out);

// "customer_id=user_id" -> {customer_id, user_id}; `what` names the flag in the error.
Result<std::map<std::string, std::string>> parse_pairs(const std::string& what, const std::vector<std::string>& pairs);

}  // namespace rcml::importer
