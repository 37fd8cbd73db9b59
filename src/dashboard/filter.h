// dashboard/filter.h: what a viewer may ask, from the request's parameters. Pure; everything is checked and bounded here.
//
//   range=7d|30d|90d|all  or  from=2025-08-01&to=2025-08-24     (dates of the report's time zone, both included)
//   device=mobile&device=desktop   campaign=summer&campaign=    (repeatable; an empty value is "none given")
//   bots=exclude|include|only   compare=previous|none   grain=day|hour   q=TEXT
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "http/form.h"

namespace rcml::dashboard {

using Params = http::Params;

enum class Bots : uint8_t { exclude, include, only };
enum class Grain : uint8_t { day, hour };

inline constexpr int kRangeDaysMax = 3660;
inline constexpr int kHourRangeDaysMax = 31;
inline constexpr int kChoicesMax = 20;
inline constexpr size_t kTextBytesMax = 256;

struct DateRange {
  Dt from;
  Dt to;  // Included.
  int days() const { return to.value - from.value + 1; }
};

// Dates the marts cover. Empty marts have none.
using DataBounds = std::optional<DateRange>;

struct Filter {
  DateRange range;
  // The same number of days just before. nullopt without comparison, and where the data begins later: a number over
  // days nobody recorded would look like growth.
  std::optional<DateRange> previous;
  DataBounds data;  // What the marts cover: days outside are not known rather than empty.
  std::vector<std::string> devices;  // Empty: all. "" in the list: null.
  std::vector<std::string> campaigns;
  Bots bots = Bots::exclude;
  Grain grain = Grain::day;
  std::string search;
  bool is_csv = false;
};

// Relative ranges end at the last day of `bounds`, so a page over old data is not empty, and do not begin before the
// first. `today` stands in when there is
// no data. bad_config names the parameter and what it takes.
Result<Filter> parse_filter(const Params& params, const DataBounds& bounds, Dt today);

// The same number of days just before.
DateRange days_before(const DateRange& range);
// The range if the data begins no later; nullopt otherwise. Without bounds nothing is known to be missing.
std::optional<DateRange> covered(const DateRange& range, const DataBounds& bounds);

// One text for all requests that mean the same: sorted, defaults left out. Key of the response cache.
std::string canonical_text(const Filter& filter);

}  // namespace rcml::dashboard
