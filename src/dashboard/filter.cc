#include "dashboard/filter.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "core/clock.h"
#include "dashboard/json.h"

namespace rcml::dashboard {
namespace {

constexpr std::array<std::string_view, 10> kKnown{"range", "from",    "to",    "device", "campaign",
                                                  "bots",  "compare", "grain", "q",      "format"};

Error bad_parameter(std::string_view name, std::string_view takes) {
  return bad_config("parameter " + std::string(name) + " is not valid", "It takes " + std::string(takes));
}

bool is_known(const std::string& name) { return std::find(kKnown.begin(), kKnown.end(), name) != kKnown.end(); }

// A parameter that may come once.
Result<std::string> single(const Params& params, const std::string& name) {
  const auto [begin, end] = params.equal_range(name);
  if (begin == end) return std::string();
  if (std::next(begin) != end) return bad_parameter(name, "one value");
  if (begin->second.size() > kTextBytesMax) return bad_parameter(name, "at most 256 bytes");
  return begin->second;
}

Result<std::vector<std::string>> several(const Params& params, const std::string& name) {
  std::vector<std::string> values;
  const auto [begin, end] = params.equal_range(name);
  for (auto it = begin; it != end; ++it) {
    if (it->second.size() > kTextBytesMax || values.size() == kChoicesMax)
      return bad_parameter(name, "at most 20 values of at most 256 bytes");
    values.push_back(it->second);
  }
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  return values;
}

Result<DateRange> explicit_range(const std::string& from_text, const std::string& to_text) {
  const auto from = parse_dt(from_text);
  const auto to = parse_dt(to_text);
  if (!from || !to) return bad_parameter("from/to", "two dates like 2025-08-24");
  const DateRange range{*from, *to};
  if (range.days() < 1 || range.days() > kRangeDaysMax)
    return bad_parameter("from/to", "1 to 3660 days, from before to");
  return range;
}

Result<DateRange> relative_range(const std::string& text, const DataBounds& bounds, Dt today) {
  const Dt last = bounds ? bounds->to : today;
  const auto back = [&](int days) {
    const Dt first(last.value - days + 1);
    return DateRange{bounds ? std::max(first, bounds->from) : first, last};
  };
  if (text == "7d") return back(7);
  if (text.empty() || text == "30d") return back(30);
  if (text == "90d") return back(90);
  if (text != "all") return bad_parameter("range", "7d, 30d, 90d or all");
  if (!bounds) return back(30);
  return back(kRangeDaysMax);
}

Result<DateRange> parse_range(const Params& params, const DataBounds& bounds, Dt today) {
  RCML_TRY(const std::string range, single(params, "range"));
  RCML_TRY(const std::string from, single(params, "from"));
  RCML_TRY(const std::string to, single(params, "to"));
  if (from.empty() && to.empty()) return relative_range(range, bounds, today);
  if (!range.empty()) return bad_parameter("range", "no from and to beside it");
  if (from.empty() || to.empty()) return bad_parameter("from/to", "both dates together");
  return explicit_range(from, to);
}

Result<Bots> parse_bots(const std::string& text) {
  if (text.empty() || text == "exclude") return Bots::exclude;
  if (text == "include") return Bots::include;
  if (text == "only") return Bots::only;
  return bad_parameter("bots", "exclude, include or only");
}

Result<Grain> parse_grain(const std::string& text, const DateRange& range) {
  if (text.empty() || text == "day") return Grain::day;
  if (text != "hour") return bad_parameter("grain", "day or hour");
  if (range.days() > kHourRangeDaysMax) return bad_parameter("grain", "hour for at most 31 days");
  return Grain::hour;
}

void append_list(std::string& out, std::string_view name, const std::vector<std::string>& values) {
  for (const auto& value : values) out += '&' + std::string(name) + std::to_string(value.size()) + ':' + value;
}

}  // namespace

DateRange days_before(const DateRange& range) {
  return {Dt(range.from.value - range.days()), Dt(range.from.value - 1)};
}

std::optional<DateRange> covered(const DateRange& range, const DataBounds& bounds) {
  if (bounds && range.from < bounds->from) return std::nullopt;
  return range;
}

Result<Filter> parse_filter(const Params& params, const DataBounds& bounds, Dt today) {
  for (const auto& [name, value] : params) {
    if (!is_known(name))
      return bad_config("there is no such parameter",
                        "Known are range, from, to, device, campaign, bots, compare, grain, q, format");
    if (!is_utf8(value)) return bad_parameter(name, "text in UTF-8");
  }
  Filter filter;
  RCML_TRY(filter.range, parse_range(params, bounds, today));
  RCML_TRY(const std::string compare, single(params, "compare"));
  if (!compare.empty() && compare != "previous" && compare != "none")
    return bad_parameter("compare", "previous or none");
  filter.data = bounds;
  if (compare != "none") filter.previous = covered(days_before(filter.range), bounds);
  RCML_TRY(filter.devices, several(params, "device"));
  RCML_TRY(filter.campaigns, several(params, "campaign"));
  RCML_TRY(const std::string bots, single(params, "bots"));
  RCML_TRY(filter.bots, parse_bots(bots));
  RCML_TRY(const std::string grain, single(params, "grain"));
  RCML_TRY(filter.grain, parse_grain(grain, filter.range));
  RCML_TRY(filter.search, single(params, "q"));
  RCML_TRY(const std::string format, single(params, "format"));
  if (!format.empty() && format != "json" && format != "csv") return bad_parameter("format", "json or csv");
  filter.is_csv = format == "csv";
  return filter;
}

std::string canonical_text(const Filter& filter) {
  std::string out = to_text(filter.range.from) + ".." + to_text(filter.range.to);
  if (filter.previous) out += "&compare";
  append_list(out, "device", filter.devices);
  append_list(out, "campaign", filter.campaigns);
  if (filter.bots != Bots::exclude) out += filter.bots == Bots::only ? "&only_bots" : "&bots";
  if (filter.grain == Grain::hour) out += "&hour";
  if (!filter.search.empty()) append_list(out, "q", {filter.search});
  if (filter.is_csv) out += "&csv";
  return out;
}

}  // namespace rcml::dashboard
