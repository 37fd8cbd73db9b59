#include "sink/replay.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "core/clock.h"
#include "core/crash_point.h"
#include "core/log.h"
#include "core/uuid.h"
#include "lake/file_name.h"
#include "lake/parquet/position_reader.h"
#include "lake/parquet/reject_reader.h"
#include "sink/finish_files.h"

namespace rcml::sink {
namespace {

constexpr size_t kOpenDtsMax = 64;  // Rejects of one file may have any dates.
constexpr int32_t kFinishers = 4;
constexpr const char* kReplayedSuffix = "/replayed";

using Position = std::pair<Partition, Offset>;
using Positions = std::set<Position>;

Position position_of(const lake::StoredReject& reject) { return {reject.source_partition, reject.source_offset}; }

// Offsets that a stream has set aside but whose rows it has not committed yet.
struct Window {
  Partition partition;
  int64_t from = 0;
  int64_t to = 0;
};

struct MarkName {
  std::string log;  // "<group>/<topic>"
  Partition partition;
};

// Of "<group>/<topic>/<partition>"; nullopt for marks of another kind.
std::optional<MarkName> parse_app(const std::string& app) {
  if (app.find("/gap/") != std::string::npos || app.ends_with(kReplayedSuffix)) return std::nullopt;
  const size_t slash = app.rfind('/');
  if (slash == std::string::npos) return std::nullopt;
  const std::string_view last = std::string_view(app).substr(slash + 1);
  int32_t partition = 0;
  const auto [end, error] = std::from_chars(last.data(), last.data() + last.size(), partition);
  if (error != std::errc() || end != last.data() + last.size()) return std::nullopt;
  return MarkName{app.substr(0, slash), Partition(partition)};
}

// A lake fed by one log: a position then means one event, whatever file it stands in.
bool has_one_log(const lake::Marks& marks) {
  std::set<std::string> logs;
  for (const auto& [app, unused] : marks) {
    if (const auto name = parse_app(app)) logs.insert(name->log);
  }
  return logs.size() <= 1;
}

std::vector<Window> windows_in_flight(const lake::Marks& clicks, const lake::Marks& rejects) {
  std::vector<Window> windows;
  for (const auto& [app, to] : rejects) {
    const std::optional<MarkName> name = parse_app(app);
    const auto done = clicks.find(app);
    const int64_t from = done == clicks.end() ? 0 : done->second;
    if (name && from < to) windows.push_back({name->partition, from, to});
  }
  return windows;
}

bool is_in_flight(const std::vector<Window>& windows, const Position& position) {
  return std::any_of(windows.begin(), windows.end(), [&](const Window& window) {
    return window.partition == position.first && position.second.value >= window.from &&
           position.second.value < window.to;
  });
}

std::string new_path(Dt dt, const std::string& log_name, const Position& first) {
  if (log_name.empty()) return "dt=" + to_text(dt) + "/replayed-" + random_uuid() + ".parquet";
  return lake::data_file_path(dt, log_name, first.first, first.second);
}

contract::DecodeLimits with_past(contract::DecodeLimits limits, int64_t past_micros_max) {
  limits.past_micros_max = past_micros_max;
  return limits;
}

class Replay {
 public:
  Replay(lake::LakeTables& tables, const ReplayOptions& options)
      : tables_(tables),
        options_(options),
        decoder_(options.decode),
        ts_range_decoder_(with_past(options.decode, options.ts_range_past_micros_max)) {}

  Result<ReplayReport> run() {
    // Rejects first: the marks of clicks are then at least as far as the files of rejects.
    RCML_TRY([[maybe_unused]] const TableVersion rejects_version, tables_.rejects->refresh());
    RCML_TRY([[maybe_unused]] const TableVersion clicks_version, tables_.clicks->refresh());
    RCML_TRY(const lake::Marks clicks_marks, tables_.clicks->marks(""));
    RCML_TRY(const lake::Marks rejects_marks, tables_.rejects->marks(""));
    windows_ = windows_in_flight(clicks_marks, rejects_marks);
    has_one_log_ = has_one_log(clicks_marks);
    const auto replayed = clicks_marks.find(kReplayMark);
    RCML_TRY(const std::vector<lake::DataFile> files, files_to_replay());
    if (replayed != clicks_marks.end()) {
      replayed_ever_ = replayed->second;
      RCML_OK(find_rows_already_there(files));
    }
    for (const lake::DataFile& file : files) RCML_OK(replay_file(file));
    return report_;
  }

 private:
  // The rows that the events of one file became.
  struct Rows {
    FileSet files;
    int64_t count = 0;
  };

  bool is_chosen(const lake::StoredReject& reject) const {
    return options_.reason.empty() || reject.reason == options_.reason;
  }

  Result<std::vector<lake::DataFile>> files_to_replay() const {
    RCML_TRY(std::vector<lake::DataFile> files, tables_.rejects->live_files());
    std::erase_if(files, [&](const lake::DataFile& file) {
      const auto dt = file.partition_values.find("dt");
      return !options_.dt.empty() && (dt == file.partition_values.end() || dt->second != options_.dt);
    });
    return files;
  }

  Status find_rows_already_there(const std::vector<lake::DataFile>& files) {
    Positions candidates;
    for (const lake::DataFile& file : files) {
      RCML_OK(lake::read_rejects(tables_.rejects->location(), file.path, [&](const lake::StoredReject& reject) {
        if (is_chosen(reject)) candidates.insert(position_of(reject));
      }));
    }
    if (candidates.empty()) return {};
    RCML_TRY(const std::vector<lake::DataFile> clicks, tables_.clicks->live_files());
    for (const lake::DataFile& file : clicks) {
      RCML_OK(lake::read_positions(tables_.clicks->location(), file.path, [&](Partition partition, Offset offset) {
        const Position position{partition, offset};
        if (candidates.contains(position)) already_there_.emplace(position, lake::log_of_file(file.path));
      }));
    }
    return {};
  }

  // A file merged by an early version does not tell the log its events came from.
  Result<bool> is_row_already(const std::string& log_name, const Position& position) const {
    const auto rows = already_there_.equal_range(position);
    bool is_unclear = false;
    for (auto row = rows.first; row != rows.second; ++row) {
      if (has_one_log_ || (row->second == log_name && !log_name.empty())) return true;
      is_unclear = is_unclear || log_name.empty() || row->second.empty();
    }
    if (!is_unclear) return false;
    return needs_person("this lake holds several logs and its files were merged since the last replay: whether " +
                            std::to_string(position.first.value) + "/" + std::to_string(position.second.value) +
                            " is a row already cannot be told",
                        "Compare rcml rejects show with the row of that position, and leave that reject where it is");
  }

  Status replay_file(const lake::DataFile& file) {
    Rows rows;
    Status status;
    const std::string log_name = lake::log_of_file(file.path);
    RCML_OK(lake::read_rejects_with_raw(tables_.rejects->location(), file.path, [&](const lake::StoredReject& reject) {
      if (status.ok() && is_chosen(reject)) status = replay(reject, log_name, rows);
    }));
    if (status.ok() && rows.count > 0 && !options_.is_dry_run) status = commit(rows);
    if (!status.ok()) {
      // No commit was tried, so none names them. One that was tried and failed may be in the log all the same.
      if (rows.files.finished.clicks.empty()) remove_files(rows.files.clicks_paths, tables_.clicks->location());
      return status;
    }
    report_.replayed += rows.count;
    if (rows.count > 0) log_info("replayed", {{"file", file.path}, {"rows", rows.count}});
    return {};
  }

  Status replay(const lake::StoredReject& reject, const std::string& log_name, Rows& rows) {
    const Position position = position_of(reject);
    ++report_.looked_at;
    if (is_in_flight(windows_, position)) {
      ++report_.in_flight;
      return {};
    }
    RCML_TRY(const bool is_row, is_row_already(log_name, position));
    if (is_row) {
      ++report_.already_rows;
      return {};
    }
    if (static_cast<int64_t>(reject.raw.size()) != reject.raw_bytes) {
      ++report_.cut;
      return {};
    }
    const contract::SourceEvent event{.offset = position.second, .bytes = reject.raw, .arrived_at = reject.arrived_at};
    contract::ClickRow row;
    contract::Reject unused;
    contract::Decoder& decoder = reject.reason == "ts_range" ? ts_range_decoder_ : decoder_;
    if (decoder.decode(event, position.first, utc_now(), row, unused) != contract::Outcome::row) {
      ++report_.still_bad;
      return {};
    }
    ++rows.count;
    contract::count_cuts(row.cut_columns, report_.texts_cut);
    return options_.is_dry_run ? Status() : add_row(row, log_name, position, rows);
  }

  Status add_row(const contract::ClickRow& row, const std::string& log_name, const Position& position, Rows& rows) {
    const Dt dt = dt_of(row.event_ts);
    auto& open = rows.files.clicks;
    auto writer = open.find(dt);
    if (writer == open.end()) {
      if (open.size() >= kOpenDtsMax) RCML_OK(finish_files({&rows.files}, kFinishers));
      const std::string path = new_path(dt, log_name, position);
      RCML_TRY(auto made, lake::ClickFileWriter::create(tables_.clicks->location(), path, dt, options_.files));
      rows.files.clicks_paths.push_back(path);
      writer = open.emplace(dt, std::move(made)).first;
    }
    return writer->second->append(row);
  }

  Status commit(Rows& rows) {
    const int64_t replayed_ever = std::max<int64_t>(0, replayed_ever_) + rows.count;
    RCML_OK(finish_files({&rows.files}, kFinishers));
    const lake::CommitRequest request{.adds = rows.files.finished.clicks, .marks = {{kReplayMark, replayed_ever}}};
    crash_point("replay.before_commit");
    RCML_TRY(const CommitReport done,
             commit_exactly_once(*tables_.clicks, request, {{kReplayMark, replayed_ever_}}, options_.commit));
    crash_point("replay.after_commit");
    if (!is_ours(done.verdict)) {
      if (done.files == OwnFiles::absent) remove_files(rows.files.clicks_paths, tables_.clicks->location());
      return unavailable("another replay is at work on this lake", "Run it again when the other one is done");
    }
    replayed_ever_ = replayed_ever;
    return {};
  }

  lake::LakeTables& tables_;
  const ReplayOptions& options_;
  contract::Decoder decoder_;
  contract::Decoder ts_range_decoder_;
  std::vector<Window> windows_;
  std::multimap<Position, std::string> already_there_;  // With the log that the row's file names.
  bool has_one_log_ = true;
  int64_t replayed_ever_ = -1;  // As the mark has it; -1: there is none.
  ReplayReport report_;
};

}  // namespace

Result<ReplayReport> replay_rejects(lake::LakeTables& tables, const ReplayOptions& options) {
  return Replay(tables, options).run();
}

}  // namespace rcml::sink
