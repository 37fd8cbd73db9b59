#include "generator/truth_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <numeric>

#include "core/clock.h"
#include "generator/json_writer.h"
#include "generator/pages.h"
#include "generator/renderer.h"

namespace rcml::generator {
namespace {

constexpr size_t kTopPages = 50;
constexpr std::string_view kStepNames[] = {"product_view", "add_to_cart", "checkout", "purchase"};

void add_types(JsonWriter& json, const TypeCounts& counts) {
  json.begin_object();
  for (size_t i = 0; i < kTypeCount; ++i) json.key(type_name(static_cast<EventType>(i))).number(counts[i]);
  json.end_object();
}

void add_steps(JsonWriter& json, const std::array<int64_t, 4>& counts) {
  json.begin_object();
  for (size_t i = 0; i < counts.size(); ++i) json.key(kStepNames[i]).number(counts[i]);
  json.end_object();
}

void add_sessions(JsonWriter& json, const SessionCounts& counts) {
  json.begin_object();
  json.key("sessions").number(counts.sessions);
  json.key("converted").number(counts.converted);
  json.key("bounces").number(counts.bounces);
  json.key("visitors").number(counts.visitors);
  json.key("new_visitors").number(counts.new_visitors);
  json.key("events").number(counts.event_count());
  json.key("events_by_type");
  add_types(json, counts.events);
  json.key("checkouts").number(counts.events[static_cast<size_t>(EventType::checkout)]);
  json.key("orders").number(counts.events[static_cast<size_t>(EventType::purchase)]);
  json.key("revenue_cents").number(counts.revenue_cents);
  json.key("duration_us").number(counts.duration_us);
  json.key("reached");
  add_steps(json, counts.reached);
  json.key("ordered");
  add_steps(json, counts.ordered);
  json.end_object();
}

void add_run(JsonWriter& json, const GeneratorOptions& options) {
  json.begin_object();
  json.key("mode").text(options.is_live ? "live" : "simulated");
  json.key("seed").number(static_cast<int64_t>(options.seed));
  json.key("start").text(to_text(options.start));
  json.key("days").number(options.days);
  const auto rate = [&](std::string_view name, double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.6f", value);
    json.key(name).raw(text);
  };
  rate("duplicates", options.faults.duplicates);
  rate("late", options.faults.late);
  rate("out_of_order", options.faults.out_of_order);
  rate("malformed", options.faults.malformed);
  rate("bots", options.faults.bots);
  json.end_object();
}

void add_faults(JsonWriter& json, const FaultCounts& faults) {
  json.begin_object();
  json.key("duplicates").number(faults.duplicates);
  json.key("conflicts").number(faults.conflicts);
  json.key("late").number(faults.late);
  json.key("late_over_a_day").number(faults.late_over_a_day);
  json.key("out_of_order").number(faults.out_of_order);
  json.key("malformed").number(faults.malformed_total());
  json.key("malformed_by_reason").begin_object();
  for (size_t i = 0; i < faults.malformed.size(); ++i) {
    json.key(contract::to_text(static_cast<contract::RejectReason>(i))).number(faults.malformed[i]);
  }
  json.end_object();
  json.end_object();
}

void add_days(JsonWriter& json, const Truth& truth) {
  json.begin_array();
  for (const auto& [dt, day] : truth.days) {
    json.begin_object();
    json.key("date").text(to_text(Dt(dt)));
    json.key("people");
    add_sessions(json, day.people);
    json.key("bots");
    add_sessions(json, day.bots);
    json.key("people_events");
    add_types(json, day.people_events);
    json.key("bot_events");
    add_types(json, day.bot_events);
    json.end_object();
  }
  json.end_array();
}

void add_heatmap(JsonWriter& json, const std::array<std::array<int64_t, 24>, 7>& hours) {
  json.begin_array();
  for (const auto& weekday : hours) {
    json.begin_array();
    for (const int64_t count : weekday) json.number(count);
    json.end_array();
  }
  json.end_array();
}

// The pages with the most events of people; of equals, the address that sorts first.
void add_pages(JsonWriter& json, const Truth& truth) {
  std::vector<std::pair<int64_t, std::string>> pages;
  for (uint32_t code = 0; code < kPageCodes; ++code) {
    if (truth.pages[0][code] > 0) pages.emplace_back(-truth.pages[0][code], page_path(code));
  }
  const size_t kept = std::min(kTopPages, pages.size());
  std::partial_sort(pages.begin(), pages.begin() + static_cast<std::ptrdiff_t>(kept), pages.end());
  json.begin_array();
  for (size_t i = 0; i < kept; ++i) {
    json.begin_object();
    json.key("page").text(pages[i].second);
    json.key("events").number(-pages[i].first);
    json.end_object();
  }
  json.end_array();
}

template <class Counts, class NameOf>
void add_named(JsonWriter& json, const Counts& counts, NameOf name_of) {
  json.begin_object();
  for (size_t i = 0; i < counts.size(); ++i) {
    json.key(name_of(i));
    add_sessions(json, counts[i]);
  }
  json.end_object();
}

int64_t event_total(const Truth& truth) { return truth.people().event_count() + truth.bots().event_count(); }

// Writes `path` by way of a temporary file beside it.
Status write_atomically(const std::string& path, const std::function<bool(FILE*)>& write) {
  const std::string temporary = path + ".tmp";
  FILE* file = std::fopen(temporary.c_str(), "w");
  if (file == nullptr) return os_error("create", temporary);
  const bool is_written = write(file) && std::fflush(file) == 0 && fsync(fileno(file)) == 0;
  const Status failed = is_written ? Status{} : Status{os_error("write", temporary)};
  std::fclose(file);
  if (!is_written) return failed;
  if (std::rename(temporary.c_str(), path.c_str()) != 0) return os_error("rename", temporary);
  return {};
}

Status sync_dir(const std::string& dir) {
  const int descriptor = open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return os_error("open", dir);
  const bool is_synced = fsync(descriptor) == 0;
  close(descriptor);
  return is_synced ? Status{} : Status{os_error("sync", dir)};
}

bool write_ids(FILE* file, const std::string& prefix, int64_t count) {
  for (int64_t number = 0; number < count; ++number) {
    if (std::fprintf(file, "%s%0*llx\n", prefix.c_str(), kEventIdDigits, static_cast<unsigned long long>(number)) < 0)
      return false;
  }
  return true;
}

}  // namespace

std::string truth_json(const Truth& truth, const GeneratorOptions& options) {
  JsonWriter json;
  json.begin_object();
  json.key("format").text("rcml-truth");
  json.key("version").number(1);
  json.key("run");
  add_run(json, options);
  json.key("event_ids").begin_object();
  json.key("prefix").text(event_id_prefix(options));
  json.key("hex_digits").number(kEventIdDigits);
  json.key("first").number(0);
  json.key("count").number(event_total(truth));
  json.end_object();
  json.key("lines").number(truth.faults.lines);
  json.key("events").number(event_total(truth));
  json.key("faults");
  add_faults(json, truth.faults);
  json.key("open_sessions").number(truth.open_sessions);
  json.key("people");
  add_sessions(json, truth.people());
  json.key("bots");
  add_sessions(json, truth.bots());
  json.key("by_day");
  add_days(json, truth);
  json.key("by_device");
  add_named(json, truth.devices, [](size_t i) { return kDevices[i].name; });
  json.key("by_campaign");
  add_named(json, truth.campaigns, [](size_t i) { return i == 0 ? std::string_view("(direct)") : kCampaigns[i]; });
  json.key("top_pages");
  add_pages(json, truth);
  json.key("people_events_by_weekday_hour");
  add_heatmap(json, truth.hours[0]);
  json.key("bot_events_by_weekday_hour");
  add_heatmap(json, truth.hours[1]);
  json.end_object();
  return json.take() + "\n";
}

Status write_truth(const Truth& truth, const GeneratorOptions& options) {
  const std::string& dir = options.truth_dir;
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  if (failed) {
    return bad_config("cannot make the truth's folder " + dir + ": " + failed.message(),
                      "Give another one by --truth DIR");
  }
  if (options.has_truth_ids) {
    RCML_OK(write_atomically(dir + "/event_ids.txt", [&](FILE* file) {
      return write_ids(file, event_id_prefix(options), event_total(truth));
    }));
  }
  const std::string text = truth_json(truth, options);
  RCML_OK(write_atomically(dir + "/truth.json",
                           [&](FILE* file) { return std::fwrite(text.data(), 1, text.size(), file) == text.size(); }));
  return sync_dir(dir);
}

}  // namespace rcml::generator
