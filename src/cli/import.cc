// rcml import: real events of foreign files into a log of events.
#include <cinttypes>
#include <cstdio>

#include "broker/open.h"
#include "cli/all_commands.h"
#include "cli/progress.h"
#include "cli/source_options.h"
#include "contract/cut_columns.h"
#include "core/clock.h"
#include "core/log.h"
#include "importer/importer.h"

namespace rcml::cli {
namespace {

using importer::Format;
using importer::ImportOptions;
using importer::TimeUnit;

// "a=b,c=d" given once is "a=b" "c=d" given twice.
Result<std::map<std::string, std::string>> pairs(const Settings& settings, std::string_view name,
                                                 const std::string& flag) {
  std::vector<std::string> parts;
  for (const std::string& given : settings.list(name)) {
    for (size_t from = 0; from <= given.size();) {
      const size_t comma = std::min(given.find(',', from), given.size());
      if (comma > from) parts.push_back(given.substr(from, comma - from));
      from = comma + 1;
    }
  }
  return importer::parse_pairs(flag, parts);
}

Format format_of(const std::string& name) {
  return name == "otto" ? Format::otto : name == "csv" ? Format::csv : Format::ndjson;
}

TimeUnit time_unit_of(const std::string& name) {
  if (name == "sql") return TimeUnit::sql;
  if (name == "s") return TimeUnit::s;
  if (name == "ms") return TimeUnit::ms;
  return name == "us" ? TimeUnit::us : TimeUnit::iso;
}

Result<char> delimiter_of(const std::string& text) {
  if (text == "tab" || text == "\\t") return '\t';
  if (text.size() == 1 && text[0] != '"' && text[0] != '\n' && text[0] != '\r') return text[0];
  return bad_config("--delimiter: '" + text + "' is no delimiter", "Give one character, or the word tab");
}

// "data/a.csv.gz" -> "a.csv.gz.rejects.ndjson", here: the input's folder may be read-only.
std::string default_rejects_path(const std::string& path) {
  const std::string name = path == "-" ? "stdin" : path.substr(path.find_last_of('/') + 1);
  return name + ".rejects.ndjson";
}

Result<ImportOptions> import_options(const Settings& settings) {
  if (settings.positionals().size() != 1)
    return bad_config("import takes one FILE", "Name it, or - for standard input");
  ImportOptions options;
  options.path = settings.positionals()[0];
  options.format = format_of(settings.text("import.format"));
  options.time_unit = time_unit_of(settings.text("import.ts_unit"));
  RCML_TRY(options.column_of, pairs(settings, "import.map", "--map"));
  RCML_TRY(options.event_type_of, pairs(settings, "import.event_type_map", "--event-type-map"));
  RCML_TRY(options.constants, pairs(settings, "import.set", "--set"));
  RCML_TRY(options.delimiter, delimiter_of(settings.text("import.delimiter")));
  options.source_name = settings.text("import.source_name");
  options.rejects_path = settings.text("import.rejects_file");
  if (options.rejects_path.empty()) options.rejects_path = default_rejects_path(options.path);
  options.event_bytes_max = settings.count("sink.event_bytes_max");
  RCML_TRY(options.cut_columns, contract::parse_cut_columns(settings.list("truncate")));
  return options;
}

Result<std::unique_ptr<broker::EventWriter>> writer(const Settings& settings) {
  broker::WriterOptions options;
  options.url = settings.text("out");
  options.partitions = static_cast<int32_t>(settings.count("broker.partitions"));
  options.create_topic = settings.is_on("broker.create_topic");
  options.event_bytes_max = settings.count("sink.event_bytes_max");
  RCML_TRY(options.kafka_properties, kafka_properties(settings));
  return broker::open_writer(options);
}

// Data may be on standard output: talk goes to standard error.
void print_summary(const importer::ImportReport& report, const std::string& rejects_path) {
  std::fprintf(stderr, "%" PRId64 " events written from %" PRId64 " records\n", report.events, report.records);
  for (const auto& [type, count] : report.events_by_type)
    std::fprintf(stderr, "  %-20s %" PRId64 "\n", type.c_str(), count);
  if (const std::string cuts = contract::cuts_text(report.texts_cut); !cuts.empty())
    std::fprintf(stderr, "%s, once rcml stream reads them with the same --truncate\n", cuts.c_str());
  if (report.rejects > 0)
    std::fprintf(stderr, "%" PRId64 " set aside, with line and reason, in %s\n", report.rejects, rejects_path.c_str());
}

Result<int> run(const Settings& settings) {
  RCML_OK(require(settings, {"import.format", "out"}));
  RCML_TRY(auto options, import_options(settings));
  RCML_TRY(const auto out, writer(settings));
  std::atomic<int64_t> events_done{0};
  options.on_progress = [&](int64_t events) { events_done = events; };
  importer::ImportReport report;
  {
    const ProgressLine progress(
        [&] { return "importing: " + short_count(static_cast<double>(events_done)) + " events"; });
    RCML_TRY(report, importer::import_events(options, *out));
  }
  print_summary(report, options.rejects_path);
  if (report.rejects > 0 && report.events == 0) {
    return needs_person("no event could be made of " + options.path,
                        "See the reasons in " + options.rejects_path + "; most often --map or --ts-unit is missing");
  }
  return 0;
}

}  // namespace

Command import_command() {
  return {
      {"import", "Bring real events of a file into a log of events", "FILE",
       "rcml import tests/data/otto_sessions.jsonl --format otto --out spool:var/spool\n"
       "rcml import 2019-Nov.csv.gz --format csv --ts-unit sql --map event_ts=event_time,customer_id=user_id,session_id=user_session \\\n"
       "  --event-type-map view=product_view,cart=add_to_cart --set source=rees46 --out spool:var/spool\n"
       "zcat events.gz | rcml import - --format ndjson --source-name events --out kafka://localhost:9092/clicks",
       "rcml stream --from spool:var/spool --lake var/lake --drain"},
      run};
}

}  // namespace rcml::cli
