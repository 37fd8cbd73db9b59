// rcml rejects list|show: what was set aside, why, and the bytes themselves.
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <tuple>
#include <vector>

#include "cli/all_commands.h"
#include "cli/source_options.h"
#include "core/clock.h"
#include "lake/parquet/position_reader.h"
#include "lake/parquet/reject_reader.h"
#include "lake/schemas.h"

namespace rcml::cli {
namespace {

using Json = nlohmann::ordered_json;

std::string dump(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace); }

// A reject without its raw bytes, kept beyond the file it came from.
struct Listed {
  std::string dt;
  std::string reason;
  std::string detail;
  int64_t raw_bytes = 0;
  int32_t partition = 0;
  int64_t offset = 0;
  UtcMicros arrived_at;
  UtcMicros ingested_at;
};

struct Listing {
  std::map<std::string, std::map<std::string, int64_t>> counts;  // dt -> reason -> rejects.
  std::multimap<std::tuple<int64_t, int32_t, int64_t>, Listed> newest;
};

struct Choice {
  std::string reason;  // Empty: any.
  std::string dt;
  size_t newest_max = 0;
};

std::string dt_of_file(const lake::DataFile& file) {
  const auto dt = file.partition_values.find("dt");
  return dt == file.partition_values.end() ? "" : dt->second;
}

Listed listed(const lake::StoredReject& reject, const std::string& dt) {
  return {dt,
          std::string(reject.reason),
          std::string(reject.detail),
          reject.raw_bytes,
          reject.source_partition.value,
          reject.source_offset.value,
          reject.arrived_at,
          reject.ingested_at};
}

void add(Listing& listing, const Choice& choice, const lake::StoredReject& reject, const std::string& dt) {
  if (!choice.reason.empty() && reject.reason != choice.reason) return;
  ++listing.counts[dt][std::string(reject.reason)];
  if (choice.newest_max == 0) return;
  const std::tuple key{reject.ingested_at.value, reject.source_partition.value, reject.source_offset.value};
  const bool is_full = listing.newest.size() >= choice.newest_max;
  if (is_full && key <= listing.newest.begin()->first) return;
  listing.newest.emplace(key, listed(reject, dt));
  if (is_full) listing.newest.erase(listing.newest.begin());
}

Result<Listing> read_listing(const lake::Table& rejects, const Choice& choice) {
  Listing listing;
  RCML_TRY(const std::vector<lake::DataFile> files, rejects.live_files());
  for (const lake::DataFile& file : files) {
    const std::string dt = dt_of_file(file);
    if (!choice.dt.empty() && dt != choice.dt) continue;
    RCML_OK(lake::read_rejects(rejects.location(), file.path,
                               [&](const lake::StoredReject& reject) { add(listing, choice, reject, dt); }));
  }
  return listing;
}

Json position_json(const Listed& reject) {
  return {{"partition", reject.partition},
          {"offset", reject.offset},
          {"dt", reject.dt},
          {"reason", reject.reason},
          {"detail", reject.detail},
          {"raw_bytes", reject.raw_bytes},
          {"arrived_at", to_text(reject.arrived_at)},
          {"ingested_at", to_text(reject.ingested_at)}};
}

Json to_json(const Listing& listing) {
  Json json{{"counts", Json::array()}, {"newest", Json::array()}};
  for (const auto& [dt, reasons] : listing.counts) {
    for (const auto& [reason, count] : reasons)
      json["counts"].push_back({{"dt", dt}, {"reason", reason}, {"rejects", count}});
  }
  for (auto at = listing.newest.rbegin(); at != listing.newest.rend(); ++at)
    json["newest"].push_back(position_json(at->second));
  return json;
}

// A detail quotes what came from outside: no control character of it may reach the terminal.
std::string for_terminal(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text;
}

void print(const Listing& listing) {
  int64_t total = 0;
  for (const auto& [dt, reasons] : listing.counts) {
    for (const auto& [reason, count] : reasons) {
      std::printf("%s  %-14s %12" PRId64 "\n", dt.c_str(), for_terminal(reason).c_str(), count);
      total += count;
    }
  }
  std::printf("%" PRId64 " rejects\n", total);
  if (!listing.newest.empty()) std::printf("\n%9s %12s  %-14s detail\n", "partition", "offset", "reason");
  for (auto at = listing.newest.rbegin(); at != listing.newest.rend(); ++at) {
    const Listed& reject = at->second;
    std::printf("%9d %12" PRId64 "  %-14s %s\n", reject.partition, reject.offset, for_terminal(reject.reason).c_str(),
                for_terminal(reject.detail).c_str());
  }
}

Result<int> run_list(const Settings& settings) {
  RCML_OK(require(settings, {"lake"}));
  const Choice choice{settings.text("rejects.reason"), settings.text("rejects.dt"),
                      static_cast<size_t>(settings.count("newest"))};
  if (!choice.dt.empty() && !parse_dt(choice.dt))
    return bad_config("\"" + choice.dt + "\" is no date", "Write it as --dt 2025-08-24");
  RCML_TRY(const lake::LakeTables tables, lake::open_lake(settings.text("lake")));
  RCML_TRY(const Listing listing, read_listing(*tables.rejects, choice));
  if (settings.is_on("json")) std::printf("%s\n", dump(to_json(listing)).c_str());
  else print(listing);
  return 0;
}

struct Position {
  int32_t partition = 0;
  int64_t offset = 0;
};

template <class Number>
bool parse_number(const std::string& text, Number& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && number >= 0;
}

Result<Position> position_of(const std::vector<std::string>& words) {
  Position position;
  if (words.size() == 2 && parse_number(words[0], position.partition) && parse_number(words[1], position.offset))
    return position;
  return bad_config("a reject is named by two whole numbers, its partition and its offset",
                    "See: rcml rejects list --lake LAKE");
}

bool is_utf8(const std::string& text) {
  try {
    return !Json(text).dump().empty();
  } catch (const Json::type_error&) {
    return false;
  }
}

std::string hex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

struct Shown {
  Listed reject;
  std::string raw;
  std::string file;
};

// All of that position: a lake fed by several logs may hold one of each.
Result<std::vector<Shown>> find_rejects(const lake::Table& rejects, const Position& position) {
  std::vector<Shown> shown;
  RCML_TRY(const std::vector<lake::DataFile> files, rejects.live_files());
  for (const lake::DataFile& file : files) {
    bool is_there = false;
    RCML_OK(lake::read_positions(rejects.location(), file.path, [&](Partition partition, Offset offset) {
      is_there = is_there || (partition.value == position.partition && offset.value == position.offset);
    }));
    if (!is_there) continue;
    RCML_OK(lake::read_rejects_with_raw(rejects.location(), file.path, [&](const lake::StoredReject& reject) {
      if (reject.source_partition.value != position.partition || reject.source_offset.value != position.offset) return;
      shown.push_back({listed(reject, dt_of_file(file)), std::string(reject.raw), file.path});
    }));
  }
  return shown;
}

Json to_json(const Shown& shown) {
  Json json = position_json(shown.reject);
  json["file"] = shown.file;
  // JSON holds text only; bytes that are none are given as hex, never bent into text.
  if (is_utf8(shown.raw)) json["raw"] = shown.raw;
  else json["raw_hex"] = hex(shown.raw);
  return json;
}

// The bytes, and nothing but them, go to standard output, so that they can be piped on.
void print(const Shown& shown) {
  std::fprintf(stderr, "%s: %s\narrived %s, %" PRId64 " bytes, in %s\n", for_terminal(shown.reject.reason).c_str(),
               for_terminal(shown.reject.detail).c_str(), to_text(shown.reject.arrived_at).c_str(),
               shown.reject.raw_bytes, shown.file.c_str());
  const auto cut = shown.reject.raw_bytes - static_cast<int64_t>(shown.raw.size());
  if (cut > 0) std::fprintf(stderr, "only the first %zu bytes were kept\n", shown.raw.size());
  std::fwrite(shown.raw.data(), 1, shown.raw.size(), stdout);
  std::fputc('\n', stdout);
}

Result<int> run_show(const Settings& settings) {
  RCML_OK(require(settings, {"lake"}));
  RCML_TRY(const Position position, position_of(settings.positionals()));
  RCML_TRY(const lake::LakeTables tables, lake::open_lake(settings.text("lake")));
  RCML_TRY(const std::vector<Shown> found, find_rejects(*tables.rejects, position));
  if (found.empty()) {
    return bad_config("there is no reject of partition " + std::to_string(position.partition) + ", offset " +
                          std::to_string(position.offset),
                      "See: rcml rejects list --lake " + settings.text("lake"));
  }
  Json json = Json::array();
  for (const Shown& shown : found) {
    if (settings.is_on("json")) json.push_back(to_json(shown));
    else print(shown);
  }
  if (settings.is_on("json")) std::printf("%s\n", dump(json).c_str());
  return 0;
}

}  // namespace

Command rejects_list_command() {
  return {{"rejects list", "Count what was set aside, by date and reason, and list the newest", "",
           "rcml rejects list --lake var/lake\nrcml rejects list --lake var/lake --reason ts_range --newest 100 --json",
           "rcml rejects show --lake var/lake PARTITION OFFSET"},
          run_list};
}

Command rejects_show_command() {
  return {{"rejects show", "Print the raw bytes of one event that was set aside, and why it was", "PARTITION OFFSET",
           "rcml rejects show --lake var/lake 0 4711\nrcml rejects show --lake var/lake 0 4711 --json", ""},
          run_show};
}

}  // namespace rcml::cli
