#include "sink/metrics_text.h"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <iterator>

namespace rcml::sink {
namespace {

constexpr Millis kOutageShownAfter{5000};  // A reply that is lost now and then is no reason to call somebody.

class Page {
 public:
  void family(const char* name, const char* type, const char* help) {
    name_ = name;
    text_ += "# HELP " + name_ + " " + help + "\n# TYPE " + name_ + " " + type + "\n";
  }
  void value(double value, const std::string& labels = {}) {
    char number[400];  // The largest double has 309 digits.
    const auto end = std::to_chars(number, std::end(number), value, std::chars_format::fixed).ptr;
    text_ += name_ + (labels.empty() ? "" : "{" + labels + "}") + " ";
    text_.append(number, end).append("\n");
  }
  void suffixed(const char* suffix, double number) {
    const std::string family = name_;
    name_ += suffix;
    value(number);
    name_ = family;
  }
  void single(const char* name, const char* type, const char* help, double number) {
    family(name, type, help);
    value(number);
  }
  std::string take() { return std::move(text_); }

 private:
  std::string name_;
  std::string text_;
};

double of(const std::atomic<int64_t>& value) { return static_cast<double>(value.load(std::memory_order_relaxed)); }

double resident_bytes() {
  int64_t pages = 0;
  int64_t resident = 0;
  std::ifstream("/proc/self/statm") >> pages >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

int64_t outage_micros(const Metrics& metrics, UtcMicros monotonic) {
  const int64_t since = metrics.outage_since.load(std::memory_order_relaxed);
  return since == 0 ? 0 : std::max<int64_t>(0, monotonic.value - since);
}

void add_commits(const Metrics& metrics, Page& page) {
  page.family("rcml_sink_commits_total", "counter", "Commits by outcome");
  page.value(of(metrics.commits) - of(metrics.commits_already_there), "outcome=\"committed\"");
  page.value(of(metrics.commits_already_there), "outcome=\"already_there\"");
  page.value(of(metrics.commits_moved), "outcome=\"moved\"");
  page.value(of(metrics.conflicts), "outcome=\"conflict\"");
  page.value(of(metrics.unknowns), "outcome=\"unknown\"");
  page.family("rcml_sink_commit_seconds", "summary", "Time from closing the files to the clicks commit");
  page.suffixed("_sum", of(metrics.commit_micros_total) / 1e6);
  page.suffixed("_count", of(metrics.commits));
  page.single("rcml_sink_conflict_seconds_total", "counter", "Spent in commits that another writer came before",
              of(metrics.conflict_micros_total) / 1e6);
  page.single("rcml_sink_last_commit_seconds", "gauge", "Duration of the last commit",
              of(metrics.last_commit_micros) / 1e6);
}

}  // namespace

std::string metrics_text(const Metrics& metrics, UtcMicros now, UtcMicros monotonic, int64_t store_retries) {
  Page page;
  page.single("rcml_sink_events_read_total", "counter", "Events read from the log", of(metrics.events_read));
  page.single("rcml_sink_bytes_read_total", "counter", "Bytes of events read from the log", of(metrics.bytes_read));
  page.single("rcml_sink_rows_total", "counter", "Rows committed to bronze/clicks", of(metrics.rows_committed));
  page.single("rcml_sink_tombstones_total", "counter", "Events without a value, passed over",
              of(metrics.tombstones_committed));
  page.family("rcml_sink_rejects_total", "counter", "Events set aside in bronze/rejects, by reason");
  for (size_t reason = 0; reason < metrics.rejects_by_reason.size(); ++reason) {
    page.value(of(metrics.rejects_by_reason[reason]),
               "reason=\"" + std::string(contract::to_text(static_cast<contract::RejectReason>(reason))) + "\"");
  }
  page.family("rcml_sink_cut_texts_total", "counter", "Over-long texts cut as --truncate allows, by column");
  for (size_t column = 0; column < metrics.cuts_by_column.size(); ++column) {
    const contract::ColumnSpec& spec = contract::kColumns[column];
    if (spec.may_be_cut) page.value(of(metrics.cuts_by_column[column]), "column=\"" + std::string(spec.name) + "\"");
  }
  page.family("rcml_sink_absent_offsets_total", "counter", "Offsets without an event, by what explains them");
  for (size_t cause = 0; cause < metrics.absent_by_cause.size(); ++cause) {
    page.value(of(metrics.absent_by_cause[cause]),
               "cause=\"" + std::string(broker::to_text(static_cast<broker::AbsenceCause>(cause))) + "\"");
  }
  page.single("rcml_sink_files_total", "counter", "Parquet files committed", of(metrics.files_committed));
  page.single("rcml_sink_file_bytes_total", "counter", "Bytes of Parquet committed", of(metrics.file_bytes_committed));
  page.single("rcml_store_retries_total", "counter",
              "Requests for data files that the store refused and that were sent again",
              static_cast<double>(store_retries));
  add_commits(metrics, page);
  page.single("rcml_sink_lag", "gauge", "Positions in the log that are not committed yet", of(metrics.lag));
  page.single("rcml_sink_open_files", "gauge", "Data files that are being filled", of(metrics.open_files));
  page.single("rcml_sink_pending_bytes", "gauge", "Memory held by events not committed yet", of(metrics.memory_bytes));
  page.single("process_resident_memory_bytes", "gauge", "Resident memory", resident_bytes());
  const int64_t newest = metrics.newest_event_ts.load(std::memory_order_relaxed);
  if (newest != INT64_MIN) {
    page.single("rcml_sink_freshness_seconds", "gauge", "Now minus the newest committed event_ts",
                static_cast<double>(now.value - newest) / 1e6);
  }
  const int64_t progress = metrics.last_progress_at.load(std::memory_order_relaxed);
  page.single("rcml_sink_since_progress_seconds", "gauge", "Since the last commit, or since lag was zero",
              progress == 0 ? 0.0 : static_cast<double>(monotonic.value - progress) / 1e6);
  page.single("rcml_sink_store_outage_seconds", "gauge", "How long the store has not answered; 0 when it does",
              static_cast<double>(outage_micros(metrics, monotonic)) / 1e6);
  return page.take();
}

Health health_of(const Metrics& metrics, UtcMicros monotonic, Millis stall_max) {
  const int64_t since_ms = (monotonic.value - metrics.last_progress_at.load(std::memory_order_relaxed)) / 1000;
  const std::string figures =
      "lag " + std::to_string(metrics.lag.load()) + ", last progress " + std::to_string(since_ms) + " ms ago\n";
  const int64_t outage_ms = outage_micros(metrics, monotonic) / 1000;
  if (outage_ms > std::min(kOutageShownAfter, stall_max).value)
    return {false, "the store has not answered for " + std::to_string(outage_ms) + " ms: " + figures};
  if (since_ms <= stall_max.value) return {true, "ok: " + figures};
  return {false, "stalled: " + figures};
}

}  // namespace rcml::sink
